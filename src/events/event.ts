import type { StoredEvent } from '../audit/chain.js'
import type { AuditKind } from '../audit/event.js'

/** Who began it, in the words of CAEP 1.0 §2: a rule, a person of the staff, or the account holder. */
export type Initiator = 'policy' | 'admin' | 'user'

type Told = { kind: AuditKind; type: string; fields: readonly string[] }

/**
 * What others are told of, and with which details: ids, codes, counts and digests. What is not named
 * here is never sent, whatever an audit row may come to hold.
 */
const TOLD = [
  { kind: 'account.held', type: 'account.held', fields: ['sweep', 'watch'] },
  { kind: 'account.released', type: 'account.released', fields: ['sweep', 'watch'] },
  { kind: 'account.locked', type: 'account.locked', fields: [] },
  { kind: 'reset.ordered', type: 'account.reset_ordered', fields: ['sweep', 'watch', 'epoch'] },
  { kind: 'reset.completed', type: 'account.reset_completed', fields: ['heldUntil'] },
  { kind: 'case.opened', type: 'case.opened', fields: ['account'] },
  { kind: 'case.reopened', type: 'case.reopened', fields: ['account'] },
  { kind: 'case.escalated', type: 'case.escalated', fields: [] },
  { kind: 'case.decided', type: 'case.decided', fields: ['decision', 'reason'] },
  {
    kind: 'sweep.requested',
    type: 'sweep.requested',
    fields: ['incident', 'lists', 'policy', 'fourEyes'],
  },
  { kind: 'sweep.planned', type: 'sweep.planned', fields: ['planDigest', 'accounts', 'resets'] },
  {
    kind: 'sweep.approved',
    type: 'sweep.approved',
    fields: ['planDigest', 'expectedResets', 'fourEyes'],
  },
  { kind: 'sweep.started', type: 'sweep.started', fields: [] },
  { kind: 'sweep.paused', type: 'sweep.paused', fields: [] },
  { kind: 'sweep.resumed', type: 'sweep.resumed', fields: [] },
  { kind: 'sweep.finished', type: 'sweep.finished', fields: [] },
  { kind: 'sweep.aborted', type: 'sweep.aborted', fields: [] },
  { kind: 'sweep.failed', type: 'sweep.failed', fields: [] },
  { kind: 'sweep.action_superseded', type: 'sweep.action_superseded', fields: ['sweep', 'why'] },
] as const satisfies readonly Told[]

/** Which audit kinds become which types of event. */
export const OUTGOING: readonly { kind: AuditKind; type: string }[] = TOLD.map(
  ({ kind, type }) => ({ kind, type }),
)

export const EVENT_TYPES: readonly string[] = TOLD.map(({ type }) => type)

/** The body of a webhook (Standard Webhooks 1.0, "Payload structure"). */
export type Payload = {
  type: string
  timestamp: string
  data: Record<string, string | number | boolean | readonly string[]>
}

/** An audit row as others may see it; `undefined` for kinds that nobody outside is told of. */
export function payloadOf(event: StoredEvent): Payload | undefined {
  const told: Told | undefined = TOLD.find(({ kind }) => kind === event.kind)
  if (!told) return undefined
  const { noun, id } = subjectOf(event)
  const details = told.fields.flatMap((field) => {
    const value = event.detail[field]
    return isTellable(value) ? [[field, value] as const] : []
  })
  return {
    type: told.type,
    timestamp: event.at,
    data: { [noun]: id, initiator: initiatorOf(event.actor), ...Object.fromEntries(details) },
  }
}

/** `account:42` is the account 42; ids may themselves hold a colon. */
export function subjectOf({ subject }: Pick<StoredEvent, 'subject'>): { noun: string; id: string } {
  const colon = subject.indexOf(':')
  return { noun: subject.slice(0, colon), id: subject.slice(colon + 1) }
}

export function initiatorOf(actor: string): Initiator {
  if (actor === 'cordon') return 'policy'
  return actor.startsWith('account:') ? 'user' : 'admin'
}

const CODE = /^[^\s@]{1,128}(@\d{1,9})?$/

/** Codes have no spaces, and an @ before a version only (`default@3`): a sentence or an address that strayed into a detail stays here. */
function isTellable(value: unknown): value is string | number | boolean | readonly string[] {
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'string' && CODE.test(each))
  if (typeof value === 'string') return CODE.test(value)
  return typeof value === 'number' || typeof value === 'boolean'
}
