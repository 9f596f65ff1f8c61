import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'

// The import rules of docs/architecture.md, checked by reading imports.

const SRC = join(import.meta.dirname, '../src')

/** Which other capability each one may use: its `service.ts` files and its pure files. */
const NEIGHBOURS: Record<string, readonly string[]> = {
  audit: [],
  scoring: [],
  accounts: ['audit'],
  staff: ['audit'],
  mail: ['staff', 'audit'],
  events: ['audit'],
  logins: ['accounts', 'audit'],
  exposures: ['accounts', 'audit'],
  resets: ['accounts', 'mail', 'audit'],
  cases: ['resets', 'accounts', 'logins', 'exposures', 'mail', 'staff', 'audit'],
  sweeps: [
    'audit',
    'scoring',
    'accounts',
    'staff',
    'mail',
    'logins',
    'exposures',
    'resets',
    'cases',
  ],
  doctor: ['audit', 'sweeps'],
}
const CAPABILITIES = Object.keys(NEIGHBOURS)
const EFFECT_FILES = new Set(['service.ts', 'store.ts', 'routes.ts', 'jobs.ts'])
const PRIVATE_FILES = new Set(['store.js', 'routes.js', 'jobs.js'])

/** Deterministic parts of Node that a pure file may use: transforms of its arguments. */
const PURE_NODE = new Set([
  'node:crypto',
  'node:net',
  'node:string_decoder',
  'node:url',
  'node:zlib',
  'node:stream',
  'node:stream/promises',
])
const PURE_PLATFORM =
  /platform\/(errors|hash|pages\/(style|frame)|credentials\/(password-policy|common-passwords|totp|recovery-code))\.js$/

const sources = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('generated'))
  .sort()
const text = (path: string) => readFileSync(join(SRC, path), 'utf8')
const imports = (path: string) =>
  [...text(path).matchAll(/^(?:import|export) (type )?[^'"]*?from '([^']+)'/gm)].map((found) => ({
    isType: found[1] !== undefined,
    from: found[2] as string,
  }))
const target = (path: string, spec: string) => normalize(join(dirname(path), spec))
const fileName = (path: string) => path.split('/').at(-1) as string
const capability = (path: string) => path.split('/')[0] as string

const inCapabilities = sources.filter((path) => CAPABILITIES.includes(capability(path)))
const pure = inCapabilities.filter((path) => !EFFECT_FILES.has(fileName(path)))

test('every folder of src is known to the architecture', () => {
  const known = [
    ...CAPABILITIES,
    'cli',
    'client',
    'console',
    'contract',
    'demo',
    'operations',
    'platform',
    'values',
  ]
  const folders = new Set(sources.filter((path) => path.includes('/')).map(capability))
  expect([...folders].filter((folder) => !known.includes(folder))).toEqual([])
})

describe('a file with no effect name', () => {
  test.each(pure)('%s imports nothing that touches the world', (path) => {
    const impure = imports(path)
      .filter(({ isType }) => !isType)
      .filter(({ from }) =>
        from.startsWith('node:')
          ? !PURE_NODE.has(from)
          : /^(express|bullmq|argon2|pg|winston|smtp-server)/.test(from) ||
            (target(path, from).startsWith('platform/') && !PURE_PLATFORM.test(from)) ||
            EFFECT_FILES.has(fileName(from).replace(/\.js$/, '.ts')) ||
            from.includes('/generated/'),
      )
    expect(impure).toEqual([])
  })

  test.each(pure)('%s reads neither clock nor dice', (path) => {
    expect(text(path)).not.toMatch(
      /Date\.now\(|new Date\(\)|Math\.random|randomBytes\(|randomUUID\(/,
    )
  })
})

test.each(inCapabilities)('%s uses only its allowed neighbours, through their services', (path) => {
  const wrong = imports(path)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => target(path, from))
    .filter((to) => CAPABILITIES.includes(capability(to)) && capability(to) !== capability(path))
    .filter(
      (to) =>
        !NEIGHBOURS[capability(path)]?.includes(capability(to)) || PRIVATE_FILES.has(fileName(to)),
    )
  expect(wrong).toEqual([])
})

test.each(sources.filter((path) => path.startsWith('platform/')))(
  '%s imports no capability',
  (path) => {
    const wrong = imports(path)
      .filter(({ from }) => from.startsWith('.'))
      .map(({ from }) => target(path, from))
      .filter((to) => !/^(platform|values|contract|generated)\//.test(to))
    expect(wrong).toEqual([])
  },
)

test.each(sources.filter((path) => path.startsWith('values/')))(
  '%s imports values only',
  (path) => {
    const wrong = imports(path)
      .filter(({ from }) => from.startsWith('.'))
      .filter(({ from }) => !target(path, from).startsWith('values/'))
    expect(wrong).toEqual([])
  },
)

test('only config.ts knows the environment', () => {
  const readers = sources.filter((path) => text(path).includes('process.env'))
  expect(readers.filter((path) => path !== 'config.ts')).toEqual([])
})

test('capabilities use each other without cycles', () => {
  const visit = (name: string, trail: readonly string[]): string[] =>
    trail.includes(name)
      ? [[...trail, name].join(' → ')]
      : (NEIGHBOURS[name] ?? []).flatMap((next) => visit(next, [...trail, name]))
  expect(CAPABILITIES.flatMap((name) => visit(name, []))).toEqual([])
})

const featureOf = (path: string) => /^console\/features\/([^/]+)\//.exec(path)?.[1]

test.each(sources.filter((path) => path.startsWith('console/')))(
  '%s knows the contract and no rule of the server, and no other area of the console',
  (path) => {
    const wrong = imports(path)
      .filter(({ from }) => from.startsWith('.'))
      .map(({ from }) => target(path, from))
      .filter(
        (to) =>
          !/^(console|contract|client|values)\/|^platform\/errors\.js$/.test(to) ||
          (featureOf(to) !== undefined &&
            featureOf(path) !== undefined &&
            featureOf(to) !== featureOf(path)),
      )
    expect(wrong).toEqual([])
  },
)
