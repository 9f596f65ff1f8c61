import type { z } from 'zod'
import type { CaseDetail, CaseView, decideCase, decideCases } from '../../../contract/cases.js'
import { actorWords } from '../../components/who.js'

export type Case = z.output<typeof CaseView>
export type File = z.output<typeof CaseDetail>
export type Decided = Omit<z.output<typeof decideCase.body>, 'fence'>
export type Decision = Decided['decision']
export type BulkResult = z.output<(typeof decideCases.answers)[200]>['results'][number]['result']

/** The decisions in the order of the panel: the key of each, its name, and what it does. */
export const DECISIONS: readonly {
  decision: Decision
  keys: string
  label: string
  says: string
  /** As something that will be done to an account or to many. */
  act: string
}[] = [
  {
    decision: 'release',
    keys: 'r',
    label: 'Release',
    act: 'Release',
    says: 'Lets value leave again and cancels a reset that was not used: the old password works again.',
  },
  {
    decision: 'keep_reset',
    keys: 'k',
    label: 'Keep the reset',
    act: 'Keep the reset of',
    says: 'Leaves hold and reset as they are.',
  },
  {
    decision: 'reset',
    keys: 'p',
    label: 'Reset the password',
    act: 'Reset the password of',
    says: 'Holds value, ends password and sessions, and mails the owner.',
  },
  {
    decision: 'lock',
    keys: 'l',
    label: 'Lock',
    act: 'Lock',
    says: 'Nobody can use the account, and its value is held, until staff unlock it.',
  },
  {
    decision: 'confirm_takeover',
    keys: 't',
    label: 'Confirm takeover',
    act: 'Confirm the takeover of',
    says: 'Somebody else had the account: locks it, holds its value, ends password and sessions.',
  },
]

export const decisionOf = (decision: Decision) =>
  DECISIONS.find((each) => each.decision === decision) ?? {
    label: decision,
    act: decision,
    says: '',
  }

/** The reasons in the order of their number keys. */
export const REASONS: readonly { reason: Decided['reason']; label: string }[] = [
  { reason: 'owner_confirmed', label: 'The owner confirmed it' },
  { reason: 'false_alarm', label: 'It was a false alarm' },
  { reason: 'attack_failed', label: 'The attack failed' },
  { reason: 'attack_succeeded', label: 'The attack succeeded' },
  { reason: 'cannot_tell', label: 'It cannot be told' },
  { reason: 'duplicate', label: 'Another case decides it' },
]

export const reasonLabel = (reason: Decided['reason']): string =>
  REASONS.find((each) => each.reason === reason)?.label ?? reason

export const VALUE_SAYS: Record<Case['value'], string> = {
  zero: 'Nothing to lose',
  below_limit: 'Below the limit: one reviewer',
  above_limit: 'Above the limit: two reviewers release it',
  unknown: 'Not known: two reviewers release it',
}

export const STATUS_SAYS: Record<Case['status'], string> = {
  open: 'Waiting',
  snoozed: 'Put aside',
  claimed: 'Claimed by a reviewer',
  awaiting_second: 'Wants a second reviewer',
  decided: 'Decided',
}

export const RESULT_SAYS: Record<BulkResult, string> = {
  decided: 'Decided',
  awaiting_second: 'Proposed: a second reviewer has to agree',
  already_claimed: 'Not touched: another reviewer claimed it',
  already_decided: 'Not touched: decided before',
  already_proposed: 'Not touched: waits for a second reviewer',
  snoozed: 'Not touched: it is put aside',
  not_found: 'Not touched: there is no such case any more',
  failed: 'Not decided: something failed. Decide it by itself',
}

export const nameOf = ({ actor, name }: { actor: string; name: string | null }): string =>
  actorWords(actor, name)

/** How a case stands, for whoever is signed in as `me`. */
export function statusSays({ status, heldBy }: Case, me: string | undefined): string {
  if (status !== 'claimed') return STATUS_SAYS[status]
  if (!heldBy) return STATUS_SAYS.open
  return heldBy.actor === me ? 'Claimed by you' : `Claimed by ${nameOf(heldBy)}`
}

export type Login = File['logins'][number]

/** How a login is judged, in one word. */
export const judgedAs = ({
  isHostile,
  isFamiliar,
  outcome,
}: Pick<Login, 'isHostile' | 'isFamiliar' | 'outcome'>) =>
  isHostile ? 'hostile' : isFamiliar ? 'familiar' : outcome === 'success' ? 'ordinary' : 'unclear'
