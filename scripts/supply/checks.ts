import type { Locked, Lockfile, Manifest } from './lockfile.js'
import { nameAt, packagesOf, productionPlaces, withBuiltIn } from './lockfile.js'
import {
  BELOW_FLOOR,
  FLOORS,
  INSTALL_SCRIPTS,
  LICENCE_EXCEPTIONS,
  LICENCES,
  REVIEWED,
} from './policy.js'

/** What one check looked at, and what it found wrong, each in a line. */
export type Check = { name: string; looked: number; faults: string[] }

export type Supply = { lock: Lockfile; manifest: Manifest; now: Date }

/** Every check of the supply chain. Nothing here asks the network, which would not always answer. */
export function checkSupply(supply: Supply): Check[] {
  return [
    integrity(supply),
    sources(supply),
    pins(supply),
    installScripts(supply),
    floors(supply),
    licences(supply),
    review(supply),
  ]
}

const titleOf = ([place, found]: [string, Locked]) =>
  `${nameAt(place, found)}@${found.version ?? '?'}`

const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

function integrity({ lock }: Supply): Check {
  const all = packagesOf(lock)
  const bare = all.filter(([, { integrity: sum }]) => !SHA512.test(sum ?? ''))
  const faults = bare.map((each) => `${titleOf(each)} has no SHA-512`)
  return { name: 'integrity', looked: all.length, faults }
}

const REGISTRY = 'https://registry.npmjs.org/'

/** Packages come from the registry: no folder, no repository, no address, also none they ask for. */
function sources({ lock }: Supply): Check {
  const all = packagesOf(lock)
  const faults = all.flatMap((each) => {
    const [, { link, resolved, dependencies, optionalDependencies }] = each
    const elsewhere = resolved !== undefined && !resolved.startsWith(REGISTRY)
    const wanted = Object.entries({ ...dependencies, ...optionalDependencies })
    return [
      ...(link ? [`${titleOf(each)} is a folder`] : []),
      ...(elsewhere ? [`${titleOf(each)} comes from ${resolved}`] : []),
      ...wanted
        .filter(([, spec]) => !isOfRegistry(spec))
        .map(([name, spec]) => `${titleOf(each)} wants ${name} from ${spec}`),
    ]
  })
  return { name: 'sources', looked: all.length, faults }
}

/** A range or tag is; so is another name with a range. Anything else with `:` or `/` is an address. */
const isOfRegistry = (spec: string) => /^npm:(@[\w.-]+\/)?[\w.-]+@[^:/]+$|^[^:/]*$/.test(spec)

const EXACT = /^\d+\.\d+\.\d+(-[\w.-]+)?$/

function pins({ lock, manifest }: Supply): Check {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const all = Object.entries({ ...devDependencies, ...optionalDependencies, ...dependencies })
  const faults = all.flatMap(([name, spec]) => {
    if (!EXACT.test(spec)) return [`${name} ${spec} is no exact version`]
    const found = lock.packages[`node_modules/${name}`]?.version
    return found === spec ? [] : [`${name} ${spec} is locked as ${found ?? 'nothing'}`]
  })
  return { name: 'exact versions', looked: all.length, faults }
}

function installScripts({ lock, manifest }: Supply): Check {
  const { allowScripts = {} } = manifest
  const wanting = packagesOf(lock).filter(([, { hasInstallScript }]) => hasInstallScript)
  const names = new Set(wanting.map(([place, found]) => nameAt(place, found)))
  const reviewed = new Map(INSTALL_SCRIPTS.map(({ name, runs }) => [name, runs]))
  const said = new Set([...reviewed.keys(), ...Object.keys(allowScripts)])
  const faults = [
    ...[...names].filter((name) => !reviewed.has(name)).map((name) => `${name} is not reviewed`),
    ...[...said].filter((name) => !names.has(name)).map((name) => `${name} has no script`),
    ...[...said]
      .filter((name) => reviewed.get(name) !== allowScripts[name])
      .map((name) => `${name}: allowScripts and the review differ`),
  ]
  return { name: 'install scripts', looked: names.size, faults }
}

function floors({ lock }: Supply): Check {
  const floorOf = new Map(FLOORS.map((each) => [each.name, each]))
  const looked = packagesOf(lock).filter(([place, found]) => floorOf.has(nameAt(place, found)))
  const isProduction = new Set(productionPlaces(withBuiltIn(lock)))
  const excused = new Set(BELOW_FLOOR.map(({ place }) => place))
  const faults = looked.flatMap((each) => {
    const [place, found] = each
    const known = floorOf.get(nameAt(place, found))
    if (!known || !isBelow(found.version ?? '', known.floor)) return []
    if (excused.has(place) && !isProduction.has(place)) return []
    return [`${titleOf(each)} is below ${known.floor}: ${known.source}`]
  })
  return { name: 'known flaws', looked: looked.length, faults }
}

/** Whether a version is older than a released one. What cannot be read is taken for older. */
export function isBelow(version: string, floor: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(floor)]
  if (!have || !want) return true
  const at = want.findIndex((number, index) => number !== have[index])
  if (at < 0) return version.includes('-')
  return (have[at] ?? 0) < (want[at] ?? 0)
}

function numbersOf(version: string): number[] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:[-+]|$)/.exec(version)
  return match?.slice(1).map(Number)
}

/** The licence of a package, in SPDX's words where the review knows better than its manifest. */
export const licenceOf = (name: string, { license }: Locked): string | undefined =>
  LICENCE_EXCEPTIONS.find((each) => each.name === name)?.licence ?? license

function licences({ lock }: Supply): Check {
  const excepted = new Set(LICENCE_EXCEPTIONS.map(({ name }) => name))
  const places = productionPlaces(withBuiltIn(lock))
  const faults = places.flatMap((place) => {
    const found = lock.packages[place] as Locked
    const name = nameAt(place, found)
    if (excepted.has(name) || LICENCES.includes(found.license ?? '')) return []
    return [`${name} is under ${found.license ?? 'no licence that is named'}`]
  })
  return { name: 'licences', looked: places.length, faults }
}

const REVIEW_DAYS = 30

function review({ now }: Supply): Check {
  const days = Math.floor((now.getTime() - Date.parse(REVIEWED)) / 86_400_000)
  const faults =
    days > REVIEW_DAYS
      ? [`advisories were last looked for ${days} days ago; look again, then change REVIEWED`]
      : []
  return { name: 'review', looked: FLOORS.length, faults }
}
