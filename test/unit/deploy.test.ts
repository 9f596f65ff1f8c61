import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { VARIABLES } from '../../src/config.js'

const ROOT = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** The instructions of the Containerfile, each in one line. */
const instructions = read('Containerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name = '', rest = ''] = /^(\S+) +(.*)$/.exec(line) ?? []
    return { name, rest: rest.replace(/ {2,}/g, ' ') }
  })
const all = (wanted: string) =>
  instructions.filter(({ name }) => name === wanted).map(({ rest }) => rest)
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from'))
  .flatMap((rest) => rest.split(' ').slice(0, -1))

describe('the Containerfile', () => {
  test('has one base, of an exact version that is supported', () => {
    const [base = ''] = all('ARG').filter((rest) => rest.startsWith('NODE='))
    expect(base).toMatch(/^NODE=docker\.io\/library\/node:24\.\d+\.\d+-bookworm-slim$/)
    for (const from of all('FROM')) expect(from).toMatch(/^\$\{NODE\}( AS \w+)?$/)
    expect(read('Containerfile')).toContain(`base.name="${base.slice('NODE='.length)}"`)
  })

  test('copies paths that exist, each by its name, and the build gets all it reads', () => {
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const lists = [...read('scripts/bootstrap.mjs').matchAll(/^step\([^[]*\[([^\]]*)\]/gm)]
    const inputs = lists.flatMap(([, list = '']) => [...list.matchAll(/'([^']+)'/g)])
    const wanted = [...new Set(inputs.map(([, path = '']) => path))]
    const given = (path: string) => copied.some((each) => `${path}/`.startsWith(`${each}/`))
    expect(wanted).toEqual(expect.arrayContaining(['src', 'vite.config.ts', 'package-lock.json']))
    expect(wanted.filter((path) => !given(path))).toEqual([])
  })

  test('sends a builder what is copied and nothing else', () => {
    const [first, ...rest] = read('.dockerignore').trim().split('\n').slice(1)
    expect(first).toBe('*')
    const letIn = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(letIn.sort()).toEqual([...copied].sort())
  })

  test('runs as somebody who owns only the data directory', () => {
    expect(all('USER')).toEqual(['10001:10001'])
    const after = instructions.slice(instructions.findIndex(({ name }) => name === 'USER'))
    expect(after.map(({ name }) => name)).not.toContain('RUN')
    expect(all('VOLUME')).toEqual(['/var/lib/cordon'])
    expect(all('RUN').join()).toContain('--owner=10001 --group=10001 --mode=0700 /var/lib/cordon')
    expect(all('COPY').filter((rest) => rest.includes('--chown'))).toEqual([])
  })

  test('sets what Cordon reads, and no secret', () => {
    const set = all('ENV').flatMap((rest) => [...rest.matchAll(/(\w+)=/g)].map(([, name]) => name))
    expect(set.filter((name) => name !== 'NODE_ENV' && !VARIABLES.includes(name!))).toEqual([])
    expect(read('Containerfile')).not.toMatch(/_KEY|PASSWORD|TOKEN|DATABASE_URL|SMTP_URL/)
  })

  test('installs what production needs from the lockfile', () => {
    expect(all('RUN').join()).toContain('npm ci --omit=dev')
    expect(all('RUN').join()).not.toMatch(/npm (i|install)\b/)
  })

  test('names the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(all('ARG')).toContain(`VERSION=${version}`)
  })

  test('stops by the signal that Cordon waits for, and asks for its health without a shell', () => {
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM'])
    const [health = ''] = all('HEALTHCHECK')
    const command = JSON.parse(health.slice(health.indexOf('['))) as string[]
    expect(command.slice(0, 2)).toEqual(['node', '--eval'])
    expect(JSON.parse(all('ENTRYPOINT')[0]!)).toEqual(['node', '/opt/cordon/dist/cli.js'])
    expect(JSON.parse(all('CMD')[0]!)).toEqual(['serve'])
  })
})

describe('the unit of systemd', () => {
  const lines = read('docs/deploy/cordon.service').split('\n')
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1))

  test('gives Cordon longer to stop than it takes', () => {
    const [, limit = ''] = /HARD_EXIT_MS = ([\d_]+)/.exec(read('src/cli/serve.ts')) ?? []
    const hardExitMs = Number(limit.replaceAll('_', ''))
    expect(hardExitMs).toBeGreaterThan(0)
    expect(Number(values('TimeoutStopSec')[0]) * 1_000).toBeGreaterThan(hardExitMs)
  })

  test('sets what Cordon reads, and secrets only as files that it was lent', () => {
    const set = values('Environment').map((line) => line.split('=') as [string, string])
    const known = [...VARIABLES, ...VARIABLES.map((name) => `${name}_FILE`), 'NODE_ENV']
    expect(set.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
    const lent = values('LoadCredential').map((line) => `%d/${line.split(':')[0]}`)
    const used = set.filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path)
    expect(used.sort()).toEqual(lent.sort())
    expect(set.filter(([name]) => /(_KEY|_URL)$/.test(name))).toEqual([])
  })

  test.each([
    ['NoNewPrivileges', 'yes'],
    ['ProtectSystem', 'strict'],
    ['CapabilityBoundingSet', ''],
    ['StateDirectory', 'cordon'],
    ['User', 'cordon'],
    ['Restart', 'on-failure'],
  ])('says %s=%s', (name, value) => expect(values(name)).toEqual([value]))

  test('leaves V8 its way to compile', () => {
    expect(values('MemoryDenyWriteExecute')).toEqual([])
  })
})
