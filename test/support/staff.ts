import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSync } from 'otplib'
import type { StaffRole } from '../../src/contract/acts.js'
import { createCipher } from '../../src/platform/cipher.js'
import { inTx } from '../../src/platform/db.js'
import { listen } from '../../src/platform/http/server.js'
import { createLog, type Log } from '../../src/platform/log.js'
import { createMetrics } from '../../src/platform/metrics.js'
import { enrol, invite, readInvitation } from '../../src/staff/people/service.js'
import { buildStaffApp, type StaffListenerDeps } from '../../src/staff-listener.js'
import { openFeeds } from '../../src/sweeps/following/service.js'
import { aWorld, type World } from './world.js'

export const PASSWORD = 'correct horse battery staple'

/** Somebody who can sign in, with what they need for it. `code` spends a fresh time step. */
export type Somebody = {
  id: string
  email: string
  secret: string
  recoveryCodes: string[]
  code(): Promise<string>
}

/** A signed-in browser: its cookie, and the calls it makes. */
export type Browser = Somebody & {
  cookie: string
  ask(method: string, path: string, body?: unknown, headers?: object): Promise<Asked>
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
export type Asked = { status: number; body: any; headers: Headers }

export type StaffServer = {
  url: string
  world: World
  deps: StaffListenerDeps & Pick<World, 'mailTerms' | 'textRevision'>
  ask(method: string, path: string, body?: unknown, headers?: object): Promise<Asked>
  enrolled(roles: readonly StaffRole[]): Promise<Somebody>
  signedIn(roles: readonly StaffRole[]): Promise<Browser>
  close(): Promise<void>
}

/** The real staff listener on a real database. */
export async function startStaff(
  log: Log = createLog('silent'),
  more: Partial<StaffListenerDeps> = {},
): Promise<StaffServer> {
  const world = await aWorld(20)
  const origins = { staff: '', public: 'https://public.test' }
  const deps = {
    ...world,
    log,
    metrics: createMetrics(world.pool),
    cipher: createCipher(randomBytes(32)),
    origins: () => origins,
    fourEyes: true,
    secondReviewerAbove: '10000',
    resetTerms: { holdHours: 24 },
    feeds: openFeeds(
      { ...world, log },
      { pollMs: 50, heartbeatMs: 100, authoriseMs: 100, stalledMs: 1_000 },
    ),
    transport: 'embedded_mailbox' as const,
    uploadFolder: join(tmpdir(), 'cordon-test-uploads'),
    outbound: { allowPrivate: false },
    ...more,
  }
  const listener = await listen(buildStaffApp(deps), { host: '127.0.0.1', port: 0 })
  origins.staff = listener.url
  const ask = askAt(listener.url)
  const enrolled = (roles: readonly StaffRole[]) => enrolSomebody(deps, roles)
  const signedIn = async (roles: readonly StaffRole[]) => {
    const somebody = await enrolled(roles)
    const answer = await ask('POST', '/v1/session', {
      email: somebody.email,
      password: PASSWORD,
      totp: await somebody.code(),
    })
    const cookie = cookieOf(answer)
    return { ...somebody, cookie, ask: askAt(listener.url, { cookie }) }
  }
  const close = async () => {
    await deps.feeds.close()
    await listener.close()
    await world.close()
  }
  return { url: listener.url, world, deps, ask, enrolled, signedIn, close }
}

export const cookieOf = ({ headers }: Asked): string =>
  (headers.get('set-cookie') ?? '').split(';')[0] ?? ''

export const askAt =
  (url: string, always: object = {}) =>
  async (method: string, path: string, body?: unknown, headers: object = {}): Promise<Asked> => {
    const send = () =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...always,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    // A kept connection may be closed in the moment it is used again (RFC 9112 §9.3.1).
    const answer = await send().catch(send)
    const text = await answer.text()
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '')
    return {
      status: answer.status,
      body: isJson && text ? JSON.parse(text) : text,
      headers: answer.headers,
    }
  }

let people = 0

async function enrolSomebody(
  deps: StaffListenerDeps,
  roles: readonly StaffRole[],
): Promise<Somebody> {
  people += 1
  const email = `${roles[0]}.${people}@cordon.example`
  const person = { email, name: `Person ${people}`, roles, actor: 'os:test' }
  const { id, token } = await inTx(deps.db, (tx) => invite(tx, deps.cipher, person))
  const { secret } = await readInvitation(deps, token)
  const code = generateSync({ secret })
  const recoveryCodes = await enrol(deps, { token, password: PASSWORD, code })
  return { id, email, secret, recoveryCodes, code: () => freshCode(deps, id, secret) }
}

/** The code of now, also when it was spent before: the test's clock goes back, not the server's. */
async function freshCode({ db }: StaffListenerDeps, id: string, secret: string): Promise<string> {
  await db.$executeRaw`UPDATE staff SET totp_last_step = -1 WHERE id = ${id}`
  return generateSync({ secret })
}
