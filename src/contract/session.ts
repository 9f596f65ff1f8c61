import { z } from 'zod'
import { ACTS, type Act, STAFF_ROLES } from './acts.js'
import { endpoint } from './endpoint.js'
import { IdPath, Line, Time } from './shapes.js'

export const ActName = z.enum(Object.keys(ACTS) as [Act, ...Act[]])
/** A code of an authenticator, or a recovery code. */
const Code = Line(64).min(1)

/** Who is signed in, what they may do, and for how long. */
export const SessionView = z.strictObject({
  id: z.string(),
  staff: z.strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    roles: z.array(z.enum(STAFF_ROLES)),
  }),
  may: z.array(ActName),
  isFresh: z.boolean(),
  freshUntil: Time,
  idleUntil: Time,
  expiresAt: Time,
})

export const openSession = endpoint({
  method: 'post',
  path: '/v1/session',
  summary: 'Sign in with password and second factor; the answer sets the session cookie',
  allow: 'anyone',
  body: z.strictObject({ email: Line(320), password: z.string().max(1_024), totp: Code }),
  answers: { 201: SessionView },
  refuses: ['sign_in_failed'],
})

export const readSession = endpoint({
  method: 'get',
  path: '/v1/session',
  summary: 'Who am I, and what may I do?',
  allow: 'session.use',
  answers: { 200: SessionView },
})

export const closeSession = endpoint({
  method: 'delete',
  path: '/v1/session',
  summary: 'Sign out',
  allow: 'session.use',
  answers: { 204: z.undefined() },
})

export const stepUpSession = endpoint({
  method: 'post',
  path: '/v1/session/factor',
  summary: 'Show the second factor again: grave acts want one of the last five minutes',
  allow: 'session.use',
  body: z.strictObject({ totp: Code }),
  answers: { 200: SessionView },
  refuses: ['sign_in_failed'],
})

export const confirmFactor = endpoint({
  method: 'get',
  path: '/v1/session/factor',
  summary:
    'Whether the second factor was shown in the last five minutes: what a page asks before a download',
  allow: 'session.use',
  fresh: true,
  answers: { 204: z.undefined() },
})

const SeenSession = z.strictObject({
  id: z.string(),
  staffId: z.string(),
  ip: z.string(),
  userAgent: z.string(),
  factor: z.enum(['totp', 'recovery_code', 'passkey']),
  createdAt: Time,
  seenAt: Time,
  isThisOne: z.boolean(),
})
const Sessions = z.strictObject({ items: z.array(SeenSession) })

export const listOwnSessions = endpoint({
  method: 'get',
  path: '/v1/sessions',
  summary: 'Where I am signed in',
  allow: 'session.use',
  answers: { 200: Sessions },
})

export const endOwnSession = endpoint({
  method: 'delete',
  path: '/v1/sessions/:id',
  summary: 'End one of my sessions',
  allow: 'session.use',
  params: IdPath,
  answers: { 204: z.undefined() },
})

export const listAllSessions = endpoint({
  method: 'get',
  path: '/v1/staff/sessions',
  summary: 'Where everybody is signed in',
  allow: 'session.end_any',
  answers: { 200: Sessions },
})

export const endAnySession = endpoint({
  method: 'delete',
  path: '/v1/staff/sessions/:id',
  summary: 'End anybody’s session at once',
  allow: 'session.end_any',
  params: IdPath,
  answers: { 204: z.undefined() },
})
