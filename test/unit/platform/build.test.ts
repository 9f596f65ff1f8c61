import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBuild } from '../../../src/platform/build.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const FILES = {
  'package.json': '{"name":"cordon","version":"1.2.3"}',
  'package-lock.json': '{"lockfileVersion":3}',
  'dist/cli.js': 'run()',
  'dist/cli.js.map': '{}',
  'dist/mail/render.js': 'render()',
  'prisma/migrations/1_a/migration.sql': 'SELECT 1',
}

/** A package of our own making, and the build that Node would run there. */
function aPackage(files: Record<string, string> = FILES): string {
  const root = mkdtempSync(join(tmpdir(), 'cordon-build-'))
  folders.push(root)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), content)
  }
  return root
}
const buildOf = (root: string) => readBuild(join(root, 'dist'))

test('a build has the version of its package', () => {
  expect(buildOf(aPackage())).toEqual({
    version: '1.2.3',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('it is the same wherever it lies and whenever it was written', () => {
  const [here, there] = [aPackage(), aPackage()]
  cpSync(here, there, { recursive: true })
  expect(buildOf(there)).toEqual(buildOf(here))
})

test.each([
  'package.json',
  'package-lock.json',
  'dist/mail/render.js',
  'prisma/migrations/1_a/migration.sql',
])('one byte more in %s is another build', (name) => {
  const root = aPackage()
  const before = buildOf(root).sha256
  appendFileSync(join(root, name), ' ')
  expect(buildOf(root).sha256).not.toBe(before)
})

test('an installed package has its lockfile under another name', () => {
  const { 'package-lock.json': locked, ...others } = FILES
  const root = aPackage({ ...others, 'npm-shrinkwrap.json': locked })
  const before = buildOf(root).sha256
  appendFileSync(join(root, 'npm-shrinkwrap.json'), ' ')
  expect(buildOf(root).sha256).not.toBe(before)
})

test.each([
  ['a new file', { ...FILES, 'dist/mail/new.js': '' }],
  ['a file that moved', { ...FILES, 'dist/mail/render.js': '', 'dist/render.js': 'render()' }],
  [
    'two files that swapped their contents',
    { ...FILES, 'dist/cli.js': 'render()', 'dist/mail/render.js': 'run()' },
  ],
])('%s is another build', (_what, files) => {
  expect(buildOf(aPackage(files)).sha256).not.toBe(buildOf(aPackage()).sha256)
})

test('source maps change nothing that runs', () => {
  expect(buildOf(aPackage({ ...FILES, 'dist/cli.js.map': '{"other":1}' }))).toEqual(
    buildOf(aPackage()),
  )
})

test('a checkout has a build too, and looking twice sees the same', () => {
  expect(readBuild()).toEqual(readBuild())
  expect(readBuild().version).toMatch(/^\d+\.\d+\.\d+/)
})
