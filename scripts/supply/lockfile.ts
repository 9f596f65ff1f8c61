import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BUILT_IN } from './policy.js'

export const ROOT = join(import.meta.dirname, '../..')

const names = z.record(z.string(), z.string()).optional()

/** One package of a lockfile, as far as anything here looks at it. */
const locked = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
  optional: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  peerDependenciesMeta: z
    .record(z.string(), z.object({ optional: z.boolean().optional() }))
    .optional(),
})

const lockfile = z.looseObject({
  lockfileVersion: z.number(),
  packages: z.record(z.string(), locked),
})

const manifest = z.looseObject({
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  allowScripts: z.record(z.string(), z.boolean()).optional(),
})

export type Locked = z.output<typeof locked>
export type Lockfile = z.output<typeof lockfile>
export type Manifest = z.output<typeof manifest>

export const readLockfile = (): Lockfile => lockfile.parse(readJson('package-lock.json'))
export const readManifest = (): Manifest => manifest.parse(readJson('package.json'))

const readJson = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))

/** Every package but the project itself, by where npm puts it. */
export const packagesOf = ({ packages }: Lockfile): [string, Locked][] =>
  Object.entries(packages).filter(([place]) => place !== '')

/** The package at a place of `node_modules`; an alias is named by what it stands for. */
export const nameAt = (place: string, { name }: Locked): string =>
  name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

/**
 * The places of what an installed Cordon is made of: everything that its dependencies need, and no
 * more. npm's own mark for packages of development leaves out those that something could use beside
 * Cordon (an optional peer), which nobody who installs Cordon gets.
 */
export function productionPlaces({ packages }: Lockfile): string[] {
  const found = new Set<string>()
  const open = ['']
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const name of neededBy(packages[place])) {
      const at = placeOf(packages, place, name)
      if (at === undefined || found.has(at)) continue
      found.add(at)
      open.push(at)
    }
  }
  return [...found].sort()
}

function neededBy(wanting: Locked | undefined): string[] {
  if (!wanting) return []
  const {
    dependencies,
    optionalDependencies,
    peerDependencies = {},
    peerDependenciesMeta,
  } = wanting
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta?.[name]?.optional,
  )
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Where Node finds a package that the one at `place` asks for: beside it, or further up. */
function placeOf(packages: Lockfile['packages'], place: string, name: string): string | undefined {
  for (let from = place; ; from = parentOf(from)) {
    const at = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
    if (packages[at]) return at
    if (from === '') return undefined
  }
}

const parentOf = (place: string) => place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))

/** The same lockfile, as if the packages that the build takes in were dependencies. */
export function withBuiltIn(lock: Lockfile): Lockfile {
  const project = lock.packages[''] as Locked
  const dependencies = { ...project.dependencies, ...builtIn(project.devDependencies) }
  return { ...lock, packages: { ...lock.packages, '': { ...project, dependencies } } }
}

const builtIn = (names: Locked['devDependencies'] = {}) =>
  Object.fromEntries(Object.entries(names).filter(([name]) => BUILT_IN.includes(name)))

/** The lockfile of a package: what production is made of, and nothing that only development needs. */
export function productionLockfile(lock: Lockfile): Lockfile {
  const { devDependencies: _, ...project } = lock.packages[''] as Locked
  const kept = productionPlaces(lock).map((place) => {
    const { dev: _d, devOptional: _o, ...found } = lock.packages[place] as Locked
    return [place, found]
  })
  return { ...lock, packages: Object.fromEntries([['', project], ...kept]) }
}

/** The manifest of a package: without what only a checkout can do. */
export function productionManifest(manifest: Manifest): Manifest {
  const { devDependencies: _d, scripts: _s, jest: _j, knip: _k, files: _f, ...kept } = manifest
  return kept
}
