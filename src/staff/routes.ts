import { MACHINE_ROLES, STAFF_ROLES } from '../contract/acts.js'
import * as keyCalls from '../contract/keys.js'
import * as sessionCalls from '../contract/session.js'
import * as staffCalls from '../contract/staff.js'
import type { Cipher } from '../platform/cipher.js'
import { type Db, inTx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { etag, versionRead } from '../platform/http/etag.js'
import {
  type Actor,
  answer,
  type Caller,
  type Route,
  serve,
  serveOnce,
} from '../platform/http/route.js'
import { listKeys, makeKey, revokeKey } from './keys/service.js'
import {
  changeRoles,
  dismiss,
  enrol,
  getPerson,
  type Invited,
  invite,
  inviteAgain,
  listPeople,
  readInvitation,
} from './people/service.js'
import { NO_SESSION_COOKIE, sessionCookie } from './session.js'
import {
  endSession,
  findSession,
  getSession,
  listSessions,
  signIn,
  stepUp,
} from './sessions/service.js'
import { keyView, personView, roleView, seenSessionView, sessionView } from './view.js'

export type StaffDeps = {
  db: Db
  cipher: Cipher
  /** Of the listeners, as links name them. */
  origins: () => { staff: string; public: string }
}

const sessionRoutes: readonly Route<StaffDeps>[] = [
  serve(sessionCalls.openSession, async ({ body, from }, deps: StaffDeps) => {
    const { email, password, totp } = body
    const asked = { email: email.trim().toLowerCase(), password, code: totp, from: placeOf(from) }
    return answer(201, ...(await entered(deps, await signIn(deps, asked))))
  }),
  serve(sessionCalls.readSession, async ({ actor }, deps: StaffDeps) =>
    answer(200, sessionView(await ownSession(deps, actor))),
  ),
  serve(sessionCalls.closeSession, async ({ actor }, { db }: StaffDeps) => {
    await inTx(db, (tx) => endSession(tx, { id: sessionIdOf(actor) }, actor.id))
    const headers = { 'Set-Cookie': NO_SESSION_COOKIE, 'Clear-Site-Data': '"cache", "storage"' }
    return answer(204, undefined, headers)
  }),
  serve(sessionCalls.stepUpSession, async ({ body, actor, from }, deps: StaffDeps) => {
    const { id, email } = await ownSession(deps, actor)
    const shown = { code: body.totp, from: placeOf(from) }
    const token = await stepUp(deps, { sessionId: id, email }, shown)
    return answer(200, ...(await entered(deps, token)))
  }),
  serve(sessionCalls.confirmFactor, async () => answer(204, undefined)),
  serve(sessionCalls.listOwnSessions, async ({ actor }, { db }: StaffDeps) => {
    const live = await listSessions(db, staffIdOf(actor))
    return answer(200, { items: live.map((each) => seenSessionView(each, actor.sessionId)) })
  }),
  serve(sessionCalls.endOwnSession, async ({ params, actor }, { db }: StaffDeps) => {
    const own = { id: params.id, staffId: staffIdOf(actor) }
    await inTx(db, (tx) => endSession(tx, own, actor.id))
    return answer(204, undefined)
  }),
  serve(sessionCalls.listAllSessions, async ({ actor }, { db }: StaffDeps) => {
    const live = await listSessions(db, null)
    return answer(200, { items: live.map((each) => seenSessionView(each, actor.sessionId)) })
  }),
  serve(sessionCalls.endAnySession, async ({ params, actor }, { db }: StaffDeps) => {
    await inTx(db, (tx) => endSession(tx, params, actor.id))
    return answer(204, undefined)
  }),
]

const peopleRoutes: readonly Route<StaffDeps>[] = [
  serve(staffCalls.listStaff, async (_asked, { db }: StaffDeps) =>
    answer(200, {
      items: (await listPeople(db)).map(personView),
      roles: STAFF_ROLES.map(roleView),
    }),
  ),
  serveOnce(staffCalls.inviteStaff, async ({ body, actor }, tx, deps: StaffDeps) =>
    answer(201, invitationView(deps, await invite(tx, deps.cipher, { ...body, actor: actor.id }))),
  ),
  serve(staffCalls.readStaff, async ({ params }, { db }: StaffDeps) => {
    const person = await getPerson(db, params.id)
    return answer(200, personView(person), etag(person.version))
  }),
  serve(staffCalls.changeStaff, async ({ params, body, actor, from }, { db }: StaffDeps) => {
    const change = { ...params, ...body, version: versionRead(from.ifMatch), actor: actor.id }
    const person = await inTx(db, (tx) => changeRoles(tx, change))
    return answer(200, personView(person), etag(person.version))
  }),
  serveOnce(staffCalls.inviteStaffAgain, async ({ params, actor }, tx, deps: StaffDeps) => {
    const again = { id: params.id, actor: actor.id }
    return answer(201, invitationView(deps, await inviteAgain(tx, deps.cipher, again)))
  }),
  serve(staffCalls.dismissStaff, async ({ params, actor }, { db }: StaffDeps) => {
    await inTx(db, (tx) => dismiss(tx, { id: params.id, actor: actor.id }))
    return answer(204, undefined)
  }),
  serve(staffCalls.readInvitation, async ({ body }, deps: StaffDeps) =>
    answer(200, await readInvitation(deps, body.token)),
  ),
  serve(staffCalls.completeEnrolment, async ({ body }, deps: StaffDeps) => {
    const { token, password, totp } = body
    return answer(201, { recoveryCodes: await enrol(deps, { token, password, code: totp }) })
  }),
]

const keyRoutes: readonly Route<StaffDeps>[] = [
  serve(keyCalls.listKeys, async (_asked, { db }: StaffDeps) =>
    answer(200, {
      items: (await listKeys({ db })).map(keyView),
      roles: MACHINE_ROLES.map(roleView),
    }),
  ),
  serveOnce(keyCalls.addKey, async ({ body, actor }, tx, { cipher }: StaffDeps) =>
    answer(201, await makeKey(tx, cipher, { ...body, actor: actor.id })),
  ),
  serve(keyCalls.revokeKey, async ({ params, actor }, { db }: StaffDeps) => {
    await revokeKey({ db }, { id: params.id, actor: actor.id })
    return answer(204, undefined)
  }),
]

/** Who operates Cordon, and the keys of machines that call it. */
export const staffRoutes = [...sessionRoutes, ...peopleRoutes, ...keyRoutes]

/** The session of a new token, and the cookie that carries it. */
export async function entered({ db }: StaffDeps, token: string) {
  const session = await findSession(db, token)
  if (!session) throw new Refusal('unauthenticated', 'This session has ended. Sign in again.')
  return [sessionView(session), { 'Set-Cookie': sessionCookie(token) }] as const
}

export const ownSession = ({ db }: StaffDeps, actor: Actor) => getSession(db, sessionIdOf(actor))

function sessionIdOf({ sessionId }: Actor): string {
  if (sessionId !== undefined) return sessionId
  throw new Refusal('forbidden', 'A key has no session. This is for people.')
}

/** People only: a key is no member of staff. */
export const staffIdOf = ({ id }: Actor) => id.replace(/^staff:/, '')

export const placeOf = ({ ip, userAgent }: Caller) => ({ ip, userAgent })

/** The token stands behind `#`: browsers do not send it, so no log on the way can keep it. */
const invitationView = ({ origins }: StaffDeps, { id, token, expiresInHours }: Invited) => ({
  id,
  link: `${origins().staff}/enrol#${token}`,
  expiresInHours,
})
