import type { SmtpVerdict } from '../../platform/smtp.js'
import { redactReply } from '../reply.js'
import { ATTEMPTS_AT_MOST, waitSeconds } from '../state.js'
import type { ClaimedMail, MailResult } from '../store.js'

/** What to record for a mail, and, when nothing may be trusted any more, why all mail must stop. */
export type Outcome = MailResult & { stop: string | null }

type Attempted = Pick<ClaimedMail, 'no' | 'recipient' | 'attempts'>

const ended = (mail: Attempted, status: Outcome['status'], reply: string): Outcome => ({
  no: mail.no,
  status,
  reply: redactReply(reply, mail.recipient),
  wireSha256: null,
  waitSeconds: 0,
  counts: true,
  stop: null,
})

/** Nothing was tried: the mail is as due as before. */
export const released = (mail: Attempted): Outcome => ({
  ...ended(mail, 'staged', ''),
  reply: null,
  counts: false,
})

export const withdrawn = (mail: Attempted, because: string): Outcome =>
  ended(mail, 'withdrawn', because)

export const rejected = (mail: Attempted, because: string): Outcome =>
  ended(mail, 'rejected', because)

/** The bytes or the envelope were not what they must be: people look before anything else is sent. */
export const stopped = (mail: Attempted, problem: string): Outcome => ({
  ...rejected(mail, `stopped by the gate: ${problem}`),
  stop: problem,
})

/** Again later, or to people when it was tried often enough. */
export function deferred(mail: Attempted, reply: string): Outcome {
  if (mail.attempts >= ATTEMPTS_AT_MOST) return rejected(mail, `given up: ${reply}`)
  return { ...ended(mail, 'staged', reply), waitSeconds: waitSeconds(mail.attempts, mail.no) }
}

/** What a verdict means for the mail. A connection lost after the dot proves nothing either way. */
export function outcomeOf(mail: Attempted, verdict: SmtpVerdict): Outcome {
  switch (verdict.kind) {
    case 'accepted':
      return ended(mail, 'accepted', verdict.reply)
    case 'deferred':
      return deferred(mail, verdict.reply)
    case 'rejected':
      return rejected(mail, verdict.reply)
    case 'withheld':
      return released(mail)
    case 'miscounted':
      return stopped(mail, 'recipients_miscounted')
    case 'lost':
      return verdict.phase === 'dot'
        ? ended(mail, 'unknown', 'connection lost before the reply to the final dot')
        : deferred(mail, `connection lost (${verdict.phase})`)
  }
}
