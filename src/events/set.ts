import type { StoredEvent } from '../audit/chain.js'
import type { AuditKind } from '../audit/event.js'
import { initiatorOf, subjectOf } from './event.js'

const CREDENTIAL_CHANGE_REQUIRED =
  'https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required'
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const CREDENTIAL_CHANGE = 'https://schemas.openid.net/secevent/caep/event-type/credential-change'

type Signal = {
  kind: AuditKind
  type: string
  because: string
  members: Readonly<Record<string, string>>
}

/**
 * Which audit kinds are security events, and what each says beside its subject. A reset that was
 * ordered is two: RISC 1.0 §2.1 (the credential must change) and CAEP 1.0 §3.1 (sessions died).
 */
const SIGNALS: readonly Signal[] = [
  {
    kind: 'reset.ordered',
    type: CREDENTIAL_CHANGE_REQUIRED,
    because: 'The account was exposed: its password no longer works and a new one must be set.',
    members: {},
  },
  {
    kind: 'reset.ordered',
    type: SESSION_REVOKED,
    because: 'The account was exposed: all of its sessions ended with its password.',
    members: {},
  },
  {
    kind: 'reset.completed',
    type: CREDENTIAL_CHANGE,
    because: 'The account holder set a new password after a forced reset.',
    members: { credential_type: 'password', change_type: 'update' },
  },
]

/** Which audit kinds become which event types of RISC and CAEP. */
export const SIGNALLED: readonly { kind: AuditKind; type: string }[] = SIGNALS.map(
  ({ kind, type }) => ({ kind, type }),
)

export const SIGNAL_TYPES: readonly string[] = SIGNALS.map(({ type }) => type)

/** The claims of a security event token. */
export type SetClaims = {
  iss: string
  aud: string
  jti: string
  iat: number
  sub_id: { format: 'iss_sub'; iss: string; sub: string }
  events: Record<string, Record<string, unknown>>
}

/**
 * RFC 8417 §2.2 with one event, as the CAEP interoperability profile wants it; the subject is named
 * as RFC 9493 §3.2.4 says. `iat` is when it was recorded, so that a token sent again is the same.
 * `undefined` when the row is not of this type.
 */
export function claimsOf(
  event: StoredEvent,
  { id, type, issuer, audience }: { id: string; type: string; issuer: string; audience: string },
): SetClaims | undefined {
  const signal = SIGNALS.find((each) => each.kind === event.kind && each.type === type)
  if (!signal) return undefined
  const seconds = Math.floor(Date.parse(event.at) / 1_000)
  return {
    iss: issuer,
    aud: audience,
    jti: id,
    iat: seconds,
    sub_id: { format: 'iss_sub', iss: issuer, sub: subjectOf(event).id },
    events: {
      [type]: {
        event_timestamp: seconds,
        initiating_entity: initiatorOf(event.actor),
        reason_admin: { en: signal.because },
        ...signal.members,
      },
    },
  }
}
