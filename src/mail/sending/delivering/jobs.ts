import type { Log } from '../../../platform/log.js'
import {
  type SmtpPermits,
  type SmtpTransport,
  type SmtpVerdict,
  senderRefused,
} from '../../../platform/smtp.js'
import { prepare, type Written } from '../../prepare.js'
import type { ReplyVerdict } from '../../replies/rule.js'
import type { Sender } from '../../sender.js'
import { opensReset } from '../../state.js'
import type { WriteMail } from '../../writing/jobs.js'
import type { Hold } from '../jobs.js'
import * as outcome from '../outcome.js'
import type { HeldMail } from '../service.js'

type DeliverDeps = {
  log: Log
  sender: Sender
  transport: SmtpTransport
  /** The envelope sender of a mail, where what comes back goes; without it that is the sender's own. */
  returnPath?: ((mailId: string) => string) | undefined
  /** Writes the mail, when not in this thread. */
  write?: WriteMail
}

/** When a mail may go: at its slot, and its final dot once an earlier one's end is recorded. */
export type Turn = { slot(): Promise<boolean>; recorded: Promise<void> }

/**
 * Writes one mail, hands it to the server at its turn, and says what became of it. Refuses with `mail_transport_refused` when the server takes nothing from us at all.
 */
export async function deliverMail(
  deps: DeliverDeps,
  hold: Hold,
  mail: HeldMail,
  turn: Turn,
): Promise<outcome.Outcome> {
  if (!hold.mayLeave(mail)) return outcome.released(mail)
  if (opensReset(mail.purpose) && mail.token === null) {
    return outcome.withdrawn(mail, 'the reset is no longer ordered')
  }
  if (!mail.takesMail) return outcome.rejected(mail, 'the domain takes no mail (null MX, RFC 7505)')
  const written = await write(deps, mail)
  if (written === undefined) return outcome.deferred(mail, 'it could not be written')
  if (written.kind === 'unsendable') return outcome.rejected(mail, written.because)
  if (written.kind === 'stopped') return outcome.stopped(mail, written.problem)
  const { recipient, bytes, wireSha256 } = written
  const from = deps.returnPath?.(mail.id) ?? deps.sender.from
  const message = { from, to: recipient, bytes }
  const verdict = await deps.transport.deliver(message, permitsFor(hold, mail, turn))
  insistSenderIsTaken(mail, verdict)
  return { ...outcome.outcomeOf(mail, verdict), wireSha256 }
}

const permitsFor = (hold: Hold, mail: HeldMail, { slot, recorded }: Turn): SmtpPermits => ({
  slot,
  begin: () => hold.mayLeave(mail),
  end: async () => {
    await recorded
    return hold.stamp(mail)
  },
})

/** Verdicts that make even a refused sender a matter of time. */
const PASSES = new Set<ReplyVerdict>([
  'throttle_lane',
  'throttle_recipient',
  'greylist',
  'block_reputation',
])

/** A sender refused for good is refused for every mail: none of them is to blame. */
function insistSenderIsTaken(mail: HeldMail, verdict: SmtpVerdict): void {
  if (verdict.kind !== 'rejected' || verdict.at !== 'mail') return
  const { verdict: meant } = outcome.readReply(mail, verdict.reply, 'mail')
  if (!PASSES.has(meant)) throw senderRefused(verdict.reply)
}

const unwritten = ({
  id,
  purpose,
  recipient,
  locale,
  name,
  phrase,
  wantsLinks,
  token,
}: HeldMail) => ({
  id,
  purpose,
  recipient,
  locale,
  name,
  phrase,
  wantsLinks,
  token,
})

/** A mail that cannot even be written must not hold up the others. */
async function write(deps: DeliverDeps, mail: HeldMail): Promise<Written | undefined> {
  try {
    return await (deps.write ?? prepare)(unwritten(mail), deps.sender, new Date())
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    deps.log.error('mail.not_written', { mailId: mail.id, error: name })
    return undefined
  }
}
