import { join } from 'node:path'
import { generateSync } from 'otplib'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { startListeners } from '../../src/listeners.js'
import { cordonHere } from '../support/cli-here.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder } from '../support/processes.js'
import { askAt, cookieOf, PASSWORD } from '../support/staff.js'

// How the first admin comes to be: there are no default accounts (ASVS 5.0 V6.3.2).

const folder = aFolder()
let database: Awaited<ReturnType<typeof createTestDatabase>>
let app: Awaited<ReturnType<typeof openApp>>
let listeners: Awaited<ReturnType<typeof startListeners>>
let env: Record<string, string>
beforeAll(async () => {
  database = await createTestDatabase()
  env = {
    DATABASE_URL: database.url,
    CORDON_DATA_DIR: join(folder.path, 'data'),
    STAFF_ADDR: '127.0.0.1:0',
    PUBLIC_ADDR: '127.0.0.1:0',
    LOG_LEVEL: 'error',
  }
  app = await openApp(readConfig(env))
  listeners = await startListeners(app)
})
afterAll(async () => {
  await listeners?.close()
  await app?.close()
  await database.close()
  folder.remove()
})

const cordon = (args: readonly string[]) => cordonHere(['staff', ...args], env)
async function json<T>(args: readonly string[]): Promise<T> {
  const { code, out, err } = await cordon([...args, '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as T
}

type Invited = { id: string; link: string; expiresInHours: number }
type Listed = { id: string; email: string; enrolledAt: string | null; dismissedAt: string | null }

const ask = (method: string, path: string, body?: unknown, headers: object = {}) =>
  askAt(listeners.staff)(method, path, body, headers)

/** Follows the link as the page does; the port is the listener's own. */
async function enrol({ link }: Invited): Promise<string> {
  const token = new URL(link).hash.slice(1)
  const { body } = await ask('POST', '/v1/enrolment', { token })
  const { secret } = body as { secret: string }
  const choice = { token, password: PASSWORD, totp: generateSync({ secret }) }
  expect((await ask('POST', '/v1/enrolment/completion', choice)).status).toBe(201)
  return secret
}

async function signIn(email: string, secret: string) {
  await database.db.$executeRaw`UPDATE staff SET totp_last_step = -1 WHERE email = ${email}`
  const totp = generateSync({ secret })
  return ask('POST', '/v1/session', { email, password: PASSWORD, totp })
}

test('from an empty table to an admin who signs in, loses everything, comes back and is dismissed', async () => {
  expect((await cordon(['list'])).out).toContain('Nobody yet')
  const email = 'first@cordon.example'
  const first = await json<Invited>(['add', '--email', email, '--role', 'admin', 'auditor'])
  expect(new URL(first.link).pathname).toBe('/enrol')
  expect(first.expiresInHours).toBe(24)
  expect((await cordon(['list'])).out).toContain(`${first.id}  invited    admin, auditor  ${email}`)

  const secret = await enrol(first)
  const signedIn = await signIn(email, secret)
  expect(signedIn.status).toBe(201)
  expect(signedIn.body.staff.roles).toEqual(['admin', 'auditor'])
  expect((await cordon(['list'])).out).toContain('active')

  const again = await json<Invited>(['invite', first.id])
  const cookie = cookieOf(signedIn)
  expect((await ask('GET', '/v1/session', undefined, { cookie })).status).toBe(401)
  expect((await signIn(email, secret)).status).toBe(401)
  const back = await signIn(email, await enrol(again))
  expect(back.status).toBe(201)

  await json<Invited>(['add', '--email', 'second@cordon.example', '--role', 'admin'])
  expect((await cordon(['dismiss', first.id])).code).toBe(0)
  const gone = await ask('GET', '/v1/session', undefined, { cookie: cookieOf(back) })
  expect(gone.status).toBe(401)
  const people = await json<Listed[]>(['list'])
  expect(people.map(({ email: of, dismissedAt }) => [of, dismissedAt !== null])).toEqual([
    [email, true],
    ['second@cordon.example', false],
  ])
})

test('the last admin stays, an address is invited once, and what is refused exits with words', async () => {
  const people = await json<Listed[]>(['list'])
  const last = people.find(({ dismissedAt }) => dismissedAt === null)
  const refused = await cordon(['dismiss', last?.id ?? ''])
  expect(refused.code).not.toBe(0)
  expect(refused.err).toContain('Cordon needs an admin')
  const twice = await cordon(['add', '--email', 'second@cordon.example', '--role', 'auditor'])
  expect([twice.code === 0, twice.err]).toEqual([false, expect.stringContaining('was invited')])
  const unknown = await cordon(['invite', 'stf_nobody'])
  expect([unknown.code === 0, unknown.err]).toEqual([false, expect.stringContaining('Nobody has')])
  const role = await cordon(['add', '--email', 'x@cordon.example', '--role', 'root'])
  expect(role.code).not.toBe(0)
})

test('no link and no secret is in the audit record', async () => {
  const { link } = await json<Invited>([
    'add',
    '--email',
    'third@cordon.example',
    '--role',
    'reviewer',
  ])
  const [row] = await database.db.$queryRaw<{ all: string }[]>`
    SELECT string_agg(e::text, '') AS all FROM audit_event e`
  expect(row?.all).not.toContain(new URL(link).hash.slice(1))
  expect(row?.all).not.toContain('third@cordon.example')
})
