import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { billOfMaterials } from '../../../scripts/supply/bill.js'
import {
  nameAt,
  productionPlaces,
  ROOT,
  readLockfile,
  readManifest,
  withBuiltIn,
} from '../../../scripts/supply/lockfile.js'
import { BUILT_IN } from '../../../scripts/supply/policy.js'

test('the bill of materials lists exactly what is installed or built in, with address, sum and licence', async () => {
  const lock = readLockfile()
  const bill = await billOfMaterials(lock, readManifest())
  const listed = bill.components.map(({ name, version }) => `${name}@${version}`)
  const wanted = productionPlaces(withBuiltIn(lock)).map((place) => {
    const found = lock.packages[place]!
    return `${nameAt(place, found)}@${found.version}`
  })
  expect(listed.sort()).toEqual([...new Set(wanted)].sort())
  for (const { name, version, purl, licenses, hashes } of bill.components) {
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    expect(licenses).toEqual([{ license: { id: expect.any(String) } }])
    expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
  }
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'cordon', type: 'application' } },
  })
})

test('what is built in is what the console and the table of autonomous systems are made from', () => {
  const { dependencies = {} } = readManifest()
  const files = ['src/console', 'scripts/asn-table'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  const used = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(PACKAGE)].map(([, name]) => name ?? ''),
  )
  expect([...new Set(used)].filter((name) => !(name in dependencies)).sort()).toEqual(BUILT_IN)
})

/** The package that a module imports at run time, or whose file it reads. */
const PACKAGE =
  /(?:^(?:import|export) (?!type )(?:[^'"]*? from )?|resolve\()['"`]((?!node:)(?:@[\w-]+\/)?\w[\w.-]*)/gm
