import { type Act, isGrave } from '../contract/acts.js'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import type { Actor, Credentials } from '../platform/http/route.js'
import type { Log } from '../platform/log.js'
import { findMachine } from './keys/service.js'
import { may } from './policy.js'
import { sessionToken } from './session.js'
import { findSession, getSession } from './sessions/service.js'

export type AuthDeps = { db: Db; log: Log }

/**
 * Who makes this request: the machine behind an `Authorization` header, or the person behind a
 * session cookie. Refuses with `unauthenticated` alike when there is nobody, or nobody any more.
 */
async function authenticate(db: Db, credentials: Credentials): Promise<Actor> {
  if (credentials.authorization !== undefined) {
    const machine = await findMachine(db, credentials.authorization)
    if (!machine) {
      throw new Refusal('unauthenticated', 'Send a live key as Authorization: Bearer <key>.')
    }
    return { id: `key:${machine.id}`, roles: [machine.role], isFresh: true }
  }
  const token = sessionToken(credentials)
  const session = token && (await findSession(db, token))
  if (!session) throw new Refusal('unauthenticated', 'Sign in, or send a live key.')
  const { id, staffId, roles, isFresh } = session
  return { id: `staff:${staffId}`, roles, isFresh, sessionId: id }
}

/**
 * Authenticates, and refuses with `forbidden` what none of the actor's roles may do, and with
 * `step_up_required` people whose second factor was shown too long ago for a grave act, or for a call
 * that says it wants a `fresh` one.
 */
export async function authorise(
  { db, log }: AuthDeps,
  credentials: Credentials,
  act: string,
  fresh: boolean,
): Promise<Actor> {
  const actor = await authenticate(db, credentials)
  if (!may(actor.roles, act)) {
    log.warn('staff.refused', { actor: actor.id, act })
    throw new Refusal('forbidden', `${actor.roles.join(' and ')} may not do this (${act}).`)
  }
  if (fresh || isGrave(act as Act)) insistFresh(actor)
  return actor
}

/** Refuses with `step_up_required` when somebody's second factor was shown too long ago. */
export function insistFresh(actor: Actor): void {
  if (actor.isFresh) return
  throw new Refusal(
    'step_up_required',
    'Show your second factor again: POST /v1/session/factor, then repeat this.',
  )
}

/**
 * Whether who opened a stream may still read it. Unlike `authorise` this keeps no session alive: an
 * open page is nobody at the keyboard. Refuses with `unauthenticated` and `forbidden`.
 */
export async function recheck(
  { db, log }: AuthDeps,
  opened: { actor: Actor; authorization: string | undefined },
  act: string,
): Promise<void> {
  const { actor, authorization } = opened
  if (actor.sessionId === undefined) {
    await authorise({ db, log }, { authorization, cookie: undefined }, act, false)
    return
  }
  const { roles } = await getSession(db, actor.sessionId)
  if (!may(roles, act)) throw new Refusal('forbidden', `They may not do this any more (${act}).`)
}
