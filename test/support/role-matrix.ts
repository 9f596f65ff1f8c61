import { randomBytes } from 'node:crypto'
import type { Express } from 'express'
import { type Act, isGrave, type MachineRole, STAFF_ROLES } from '../../src/contract/acts.js'
import type { Endpoint } from '../../src/contract/endpoint.js'
import { NOWHERE } from '../../src/logins/place.js'
import { openInbox } from '../../src/logins/receiving/service.js'
import { inTx } from '../../src/platform/db.js'
import { listen } from '../../src/platform/http/server.js'
import { buildPublicApp } from '../../src/public-listener.js'
import { DEFAULT_TERMS } from '../../src/resets/service.js'
import { addKey } from '../../src/staff/keys/service.js'
import { invite, inviteAgain } from '../../src/staff/people/service.js'
import { may } from '../../src/staff/policy.js'
import { endSession, openSession } from '../../src/staff/sessions/service.js'
import { buildStaffApp } from '../../src/staff-listener.js'
import { type StaffServer, startStaff } from './staff.js'

export type Verdict = 'unauthenticated' | 'forbidden' | 'step_up_required' | 'let through'

/** Somebody who may ask, as the policy sees them, and what they send to say who they are. */
export type Caller = {
  roles: readonly string[]
  comesWith: 'session' | 'key' | 'nothing that counts'
  isFresh: boolean
  /** Made anew for each request: some calls end the session they came with. */
  headers(): Promise<Record<string, string>>
}

/** What the policy says about a caller and a call. Written apart from `authorise`, to be held against it. */
export function expectedOf(call: Endpoint, caller: Caller): Verdict {
  if (call.allow === 'anyone') return 'let through'
  const counts =
    caller.comesWith === 'key' || (caller.comesWith === 'session' && call.listener === 'staff')
  if (!counts) return 'unauthenticated'
  if (!may(caller.roles, call.allow)) return 'forbidden'
  return wantsFresh(call) && !caller.isFresh ? 'step_up_required' : 'let through'
}

/** A grave act, or a call that says so itself. */
export const wantsFresh = ({ allow, fresh }: Endpoint): boolean => fresh || isGrave(allow as Act)

export type MatrixServers = {
  staff: StaffServer
  apps: Express[]
  callers: Record<string, Caller>
  verdictOf(call: Endpoint, caller: Caller): Promise<Verdict>
  close(): Promise<void>
}

/** Both real listeners on one database, and everybody who may knock. */
export async function startMatrix(): Promise<MatrixServers> {
  const staff = await startStaff(undefined, { pace: { perSecond: 10_000, burst: 10_000 } })
  const { deps, world } = staff
  const inbox = openInbox({ ...world, lookUp: () => NOWHERE, liveSecrets: async () => [] })
  const publicApp = buildPublicApp({
    ...deps,
    resetTerms: DEFAULT_TERMS,
    issuer: 'https://public.test',
    inbox,
  })
  const publicListener = await listen(publicApp, { host: '127.0.0.1', port: 0 })
  const urls = { staff: staff.url, public: publicListener.url }
  return {
    staff,
    apps: [buildStaffApp(deps), publicApp],
    callers: await everybody(staff),
    verdictOf: async (call, caller) =>
      ask(`${urls[call.listener]}${pathOf(call)}`, call, await caller.headers()),
    async close() {
      await publicListener.close()
      await inbox.close()
      await staff.close()
    },
  }
}

/** Well formed, and nobody's: whoever is let through finds nothing there. */
const pathOf = ({ path }: Endpoint) => path.replace(/:\w+/g, 'no-such-id')

async function ask(url: string, call: Endpoint, headers: object): Promise<Verdict> {
  const stop = new AbortController()
  const answer = await fetch(url, {
    method: call.method.toUpperCase(),
    headers: { ...headers },
    signal: stop.signal,
  })
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json')
  const { type } = isProblem ? ((await answer.json()) as { type: string }) : { type: '' }
  // A stream would never end.
  stop.abort()
  const code = type.replace('urn:cordon:problem:', '')
  if (answer.status >= 500) throw new Error(`${call.method} ${url}: ${answer.status} ${code}`)
  return code === 'unauthenticated' || code === 'forbidden' || code === 'step_up_required'
    ? code
    : 'let through'
}

async function everybody(server: StaffServer): Promise<Record<string, Caller>> {
  const callers: Record<string, Caller> = {}
  for (const role of STAFF_ROLES) callers[role] = await somebody(server, [role])
  callers['everything, stale factor'] = {
    ...(await somebody(server, STAFF_ROLES, STALE)),
    isFresh: false,
  }
  for (const role of ['ingest', 'platform', 'automation'] as const) {
    callers[role] = await machine(server, role)
  }
  return { ...callers, ...(await strangers(server)) }
}

type Statement = (server: StaffServer, id: string) => Promise<unknown>
const STALE: Statement = ({ world }, id) =>
  world.db
    .$executeRaw`UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${id}`

async function somebody(
  server: StaffServer,
  roles: Parameters<StaffServer['enrolled']>[0],
  then: Statement = async () => undefined,
): Promise<Caller> {
  const { id } = await server.enrolled(roles)
  const headers = async () => {
    const cookie = await sessionOf(server, id)
    await then(server, id)
    return cookie
  }
  return { roles, comesWith: 'session', isFresh: true, headers }
}

async function sessionOf({ deps }: StaffServer, staffId: string): Promise<{ cookie: string }> {
  const from = { ip: '127.0.0.1', userAgent: 'matrix' }
  const token = await inTx(deps.db, (tx) => openSession(tx, { staffId, factor: 'totp', from }))
  return { cookie: `__Host-cordon=${token}` }
}

async function machine({ deps }: StaffServer, role: MachineRole): Promise<Caller> {
  const { key } = await addKey(deps, { role, name: `matrix-${role}`, actor: 'os:test' })
  const headers = async () => ({ authorization: `Bearer ${key}` })
  // An `ingest` key signs; shown as it is, it says nothing.
  const comesWith = role === 'ingest' ? 'nothing that counts' : 'key'
  return { roles: [role], comesWith, isFresh: true, headers }
}

/** Those who are nobody, or not any more: whatever they were, no call may let them in. */
async function strangers(server: StaffServer): Promise<Record<string, Caller>> {
  const { db, cipher } = server.deps
  const guest = { email: 'matrix.guest@cordon.example', name: 'Guest', roles: STAFF_ROLES }
  const { token } = await inTx(db, (tx) => invite(tx, cipher, { ...guest, actor: 'os:test' }))
  const revoked = await addKey(server.deps, { role: 'automation', name: 'gone', actor: 'os:test' })
  await db.$executeRaw`UPDATE api_key SET revoked_at = now() WHERE id = ${revoked.id}`
  const ended = await addKey(server.deps, { role: 'automation', name: 'old', actor: 'os:test' })
  await db.$executeRaw`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = ${ended.id}`
  const nobody = (headers: Caller['headers']): Caller => ({
    roles: [],
    comesWith: 'nothing that counts',
    isFresh: false,
    headers,
  })
  const former = async (then: Statement) =>
    nobody((await somebody(server, STAFF_ROLES, then)).headers)
  return {
    nobody: nobody(async () => ({})),
    'dismissed staff': await former(
      ({ world }, id) =>
        world.db.$executeRaw`UPDATE staff SET dismissed_at = now() WHERE id = ${id}`,
    ),
    'invited again, not enrolled': await former((_server, id) =>
      inTx(db, (tx) => inviteAgain(tx, cipher, { id, actor: 'os:test' })),
    ),
    'an ended session': await former(async (_server, id) => {
      const live = await db.$queryRaw<{ id: string }[]>`
        SELECT id FROM staff_session WHERE staff_id = ${id} AND ended_at IS NULL`
      for (const session of live) await inTx(db, (tx) => endSession(tx, session, 'os:test'))
    }),
    'an idle session': await former(
      ({ world }, id) =>
        world.db
          .$executeRaw`UPDATE staff_session SET seen_at = now() - interval '16 minutes' WHERE staff_id = ${id}`,
    ),
    'an invitation as cookie': nobody(async () => ({ cookie: `__Host-cordon=${token}` })),
    'an invitation as key': nobody(async () => ({ authorization: `Bearer ${token}` })),
    'a made-up session': nobody(async () => ({
      cookie: `__Host-cordon=${randomBytes(32).toString('base64url')}`,
    })),
    'a revoked key': nobody(async () => ({ authorization: `Bearer ${revoked.key}` })),
    'an ended key': nobody(async () => ({ authorization: `Bearer ${ended.key}` })),
  }
}

type Layer = {
  route?: { path: string; stack: { method?: string }[] }
  handle?: { stack?: Layer[] }
}

/** `GET /v1/…` of everything an application answers, found by walking its routers. */
export function mountedIn(app: Express): string[] {
  const walk = (layers: readonly Layer[]): string[] =>
    layers.flatMap(({ route, handle }) =>
      route
        ? route.stack.flatMap(({ method }) =>
            method ? [`${method.toUpperCase()} ${route.path}`] : [],
          )
        : walk(handle?.stack ?? []),
    )
  return [...new Set(walk((app as unknown as { router: { stack: Layer[] } }).router.stack))]
}
