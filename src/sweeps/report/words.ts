import type { Outcome } from '../decide.js'
import type { SweepStatus } from '../state.js'
import type { MailGroup, MailTransport } from './facts.js'
import type { FunnelStep } from './report.js'

/** What a code means, in words for somebody who never used Cordon. */
export const STATUS_SAYS: Record<SweepStatus, string> = {
  planning: 'The plan is still being made. Nothing has been done to any account.',
  planned: 'The plan is complete and waits for approval. Nothing has been done to any account.',
  approved: 'The plan is approved and has not been started. Nothing has been done to any account.',
  running: 'The sweep is running. These numbers are of one moment; they add up, and will grow.',
  paused: 'The sweep is paused. What was done stays done; the rest waits.',
  finished: 'The sweep ran to its end. Every matched account has exactly one outcome.',
  aborted: 'The sweep was stopped for good. What was done stays done; the rest was never started.',
  failed: 'No plan could be made. Nothing has been done to any account.',
}

export const OUTCOME_SAYS: Record<Outcome, string> = {
  reset_ordered: 'value held, old password and sessions ended, a reset mail queued',
  held: 'value held, a mail queued that says so; the password still works',
  review_opened: 'a person decides; value and password were not touched',
  notified: 'a notice queued; value and password were not touched',
  already_protected: 'reset after the exposure already; left alone',
  superseded: 'facts changed after the plan; left alone, for the reason given',
}

const SUPERSEDED_SAYS: Record<string, string> = {
  already_reset: 'its password was reset after the plan was made',
  second_factor_enrolled: 'its owner added a second factor after the plan was made',
}
export const supersededSays = (reason: string) => SUPERSEDED_SAYS[reason] ?? reason

const OTHER_REASONS: Record<string, string> = {
  reset_since_exposure: 'was reset after the exposure already',
  address_only_equivalent: 'has an address that is only an alias of an exposed one',
}
export const reasonSays = (code: string) => OTHER_REASONS[code] ?? code

export const PHASE_SAYS = {
  hold: 'Value held',
  canary: 'Canary: the first accounts',
  act: 'All other accounts',
} as const

/** In the order things happen; each step counts what its sentence says and nothing else. */
export const funnelSteps = (transport: MailTransport): Omit<FunnelStep, 'count'>[] => [
  { step: 'exposed', says: 'Exposed, each counted once', unit: 'entries' },
  { step: 'matched', says: 'Accounts with an exposed address', unit: 'accounts' },
  { step: 'held', says: 'Value held', unit: 'accounts' },
  { step: 'reset_ordered', says: 'Password reset ordered', unit: 'accounts' },
  { step: 'mailed', says: MAILED_SAYS[transport], unit: 'accounts' },
  { step: 'completed', says: 'New password set by the owner', unit: 'accounts' },
]

const MAILED_SAYS: Record<MailTransport, string> = {
  embedded_mailbox: 'Reset mail, built-in mailbox only',
  smtp: 'Reset mail accepted',
}

export const mailSays = (status: MailGroup['status'], transport: MailTransport): string =>
  status === 'accepted' && transport === 'embedded_mailbox'
    ? 'taken by the built-in mailbox, which delivers nowhere'
    : MAIL_SAYS[status]

const MAIL_SAYS: Record<MailGroup['status'], string> = {
  staged: 'waits to be sent',
  sending: 'is being sent',
  accepted: 'a mail server took responsibility for it; whether it was read is not known',
  rejected: 'refused for good; its owner was not told by this mail',
  unknown: 'may or may not have arrived; never sent again blindly, people must look',
  withdrawn: 'taken back before it was sent',
}

export const TRANSPORT_SAYS: Record<MailTransport, string> = {
  embedded_mailbox:
    'This installation sends mail to the mailbox built into Cordon, which delivers nowhere: nobody outside was told. “Accepted” below means accepted by that mailbox.',
  smtp: '“Accepted” means that a mail server outside took responsibility for the mail, not that it was read.',
}
