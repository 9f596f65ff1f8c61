import { checkSupply, isBelow, type Supply } from '../../../scripts/supply/checks.js'
import {
  type Lockfile,
  productionManifest,
  productionPlaces,
  readLockfile,
  readManifest,
} from '../../../scripts/supply/lockfile.js'
import { INSTALL_SCRIPTS, REVIEWED } from '../../../scripts/supply/policy.js'

const REVIEW = new Date(REVIEWED)
const real = (): Supply => ({ lock: readLockfile(), manifest: readManifest(), now: REVIEW })

/** The real lockfile and manifest with one thing wrong. */
function spoiled(spoil: (supply: Supply) => void): string[] {
  const supply = structuredClone(real())
  spoil(supply)
  return checkSupply(supply).flatMap(({ name, faults }) =>
    faults.map((fault) => `${name}: ${fault}`),
  )
}

const at = (lock: Lockfile, name: string) => lock.packages[`node_modules/${name}`]!

test('the lockfile of this checkout passes every check', () => {
  const checks = checkSupply(real())
  expect(checks.flatMap(({ faults }) => faults)).toEqual([])
  for (const { looked } of checks) expect(looked).toBeGreaterThan(3)
})

test.each<[string, (supply: Supply) => void, string]>([
  [
    'a package without a checksum',
    ({ lock }) => {
      delete at(lock, 'qs').integrity
    },
    'integrity: qs@',
  ],
  [
    'a weak checksum',
    ({ lock }) => {
      at(lock, 'qs').integrity = 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='
    },
    'integrity: qs@',
  ],
  [
    'a package from another registry',
    ({ lock }) => {
      at(lock, 'qs').resolved = 'https://registry.npmjs.org.example/qs.tgz'
    },
    'sources: qs@',
  ],
  [
    'a package from a repository',
    ({ lock }) => {
      at(lock, 'qs').resolved = 'git+ssh://git@github.com/ljharb/qs.git#0000'
    },
    'sources: qs@',
  ],
  [
    'a folder',
    ({ lock }) => {
      at(lock, 'qs').link = true
    },
    'sources: qs@',
  ],
  ...['git+https://a.example/b.git', 'ljharb/qs', 'file:../qs', 'https://a.example/qs.tgz'].map(
    (spec): [string, (supply: Supply) => void, string] => [
      `a package that wants ${spec}`,
      ({ lock }) => {
        at(lock, 'express').dependencies = { qs: spec }
      },
      `sources: express@5.3.0 wants qs from ${spec}`,
    ],
  ),
  [
    'a range in the manifest',
    ({ manifest }) => {
      manifest.dependencies = { ...manifest.dependencies, pg: '^8.23.1' }
    },
    'exact versions: pg ^8.23.1 is no exact version',
  ],
  [
    'a version that is not the locked one',
    ({ manifest }) => {
      manifest.devDependencies = { ...manifest.devDependencies, jest: '30.5.1' }
    },
    'exact versions: jest 30.5.1 is locked as 30.5.2',
  ],
  [
    'an install script that nobody reviewed',
    ({ lock }) => {
      at(lock, 'qs').hasInstallScript = true
    },
    'install scripts: qs is not reviewed',
  ],
  [
    'an install script that is reviewed and gone',
    ({ lock }) => {
      at(lock, 'argon2').hasInstallScript = false
    },
    'install scripts: argon2 has no script',
  ],
  [
    'a script that npm may run against the review',
    ({ manifest }) => {
      manifest.allowScripts = { ...manifest.allowScripts, '@swc/core': true }
    },
    'install scripts: @swc/core: allowScripts and the review differ',
  ],
  [
    'a version with a known flaw',
    ({ lock }) => {
      at(lock, 'body-parser').version = '2.2.9'
    },
    'known flaws: body-parser@2.2.9 is below 2.3.0',
  ],
  [
    'a flaw that is excused in development and reaches production',
    ({ lock }) => {
      at(lock, 'express').dependencies = { mailauth: '4.13.3' }
    },
    'known flaws: nodemailer@8.0.7 is below 9.1.1',
  ],
  [
    'a licence nobody agreed to',
    ({ lock }) => {
      at(lock, 'qs').license = 'AGPL-3.0-only'
    },
    'licences: qs is under AGPL-3.0-only',
  ],
  [
    'a package without a licence',
    ({ lock }) => {
      delete at(lock, 'qs').license
    },
    'licences: qs is under no licence that is named',
  ],
  [
    'a review that is older than a month',
    (supply) => {
      supply.now = new Date(REVIEW.getTime() + 31 * 86_400_000)
    },
    'review: advisories were last looked for 31 days ago',
  ],
])('%s is refused', (_what, spoil, fault) => {
  expect(spoiled(spoil)).toContainEqual(expect.stringMatching(new RegExp(`^${escaped(fault)}`)))
})

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

test.each([
  ['2.2.9', '2.3.0', true],
  ['2.3.0', '2.3.0', false],
  ['2.10.0', '2.9.9', false],
  ['10.0.0', '9.1.1', false],
  ['0.1.12', '8.4.0', true],
  ['2.3.0-rc.1', '2.3.0', true],
  ['2.3.1-rc.1', '2.3.0', false],
  ['2.3', '2.3.0', true],
  ['latest', '2.3.0', true],
  ['', '2.3.0', true],
])('%s against the floor %s: below is %s', (version, floor, below) => {
  expect(isBelow(version, floor)).toBe(below)
})

test('production is what the dependencies need, and no package that only development asks for', () => {
  const lock = readLockfile()
  const places = productionPlaces(lock)
  const { dependencies, devDependencies } = readManifest()
  const isThere = (name: string) => places.includes(`node_modules/${name}`)
  expect(Object.keys(dependencies!).filter((name) => !isThere(name))).toEqual([])
  const isTypes = (name: string) => name.startsWith('@types/') // some packages bring theirs along
  expect(Object.keys(devDependencies!).filter((name) => isThere(name) && !isTypes(name))).toEqual(
    [],
  )
  expect(places.filter((place) => lock.packages[place]!.dev)).toEqual([])
})

test('the manifest of a package has nothing of development', () => {
  const { version, bin, dependencies } = readManifest()
  const made = productionManifest(readManifest())
  expect(made).toMatchObject({ name: 'cordon', version, bin, dependencies })
  for (const gone of ['devDependencies', 'scripts', 'jest', 'knip'])
    expect(made).not.toHaveProperty(gone)
})

test('each install script was reviewed with a reason', () => {
  for (const { reason } of INSTALL_SCRIPTS) expect(reason.length).toBeGreaterThan(20)
})
