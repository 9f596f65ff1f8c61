import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { npm } from '../package/npm.js'
import { licenceOf } from './checks.js'
import {
  type Lockfile,
  type Manifest,
  nameAt,
  productionLockfile,
  productionManifest,
  productionPlaces,
  withBuiltIn,
} from './lockfile.js'

const component = z.looseObject({
  name: z.string(),
  group: z.string().optional(),
  version: z.string(),
  purl: z.string(),
  licenses: z.array(z.looseObject({})).optional(),
  hashes: z.array(z.looseObject({})).optional(),
})

const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  components: z.array(component),
})

export type Bill = z.output<typeof bill>

/**
 * The bill of materials of an installed Cordon, in CycloneDX, as npm writes it from the lockfile of
 * production and what the build takes in; with the licences that had to be looked up.
 */
export async function billOfMaterials(locked: Lockfile, manifest: Manifest): Promise<Bill> {
  const lock = withBuiltIn(locked)
  const temporary = mkdtempSync(join(tmpdir(), 'cordon-bill-'))
  const folder = join(temporary, 'cordon') // npm calls what it describes by its folder
  try {
    mkdirSync(folder)
    const put = (name: string, value: unknown) =>
      writeFileSync(join(folder, name), JSON.stringify(value))
    const { dependencies } = lock.packages[''] ?? {}
    put('package.json', { ...productionManifest(manifest), dependencies })
    put('package-lock.json', productionLockfile(lock))
    const format = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application']
    const text = await npm(folder, 'sbom', '--package-lock-only', ...format)
    return withLicences(bill.parse(JSON.parse(text)), lock)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function withLicences(made: Bill, lock: Lockfile): Bill {
  const known = new Map(
    productionPlaces(lock).flatMap((place) => {
      const found = lock.packages[place]
      if (!found) return []
      const name = nameAt(place, found)
      return [[`${name}@${found.version}`, licenceOf(name, found)]]
    }),
  )
  const components = made.components.map((each) => {
    const id = known.get(`${each.name}@${each.version}`)
    return id ? { ...each, licenses: [{ license: { id } }] } : each
  })
  return { ...made, components }
}
