import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import type { Log } from '../platform/log.js'
import type { SmtpPermits, SmtpTransport } from '../platform/smtp.js'
import { prepare, type Written } from './prepare.js'
import type { Sender } from './sender.js'
import { type Hold, takeHold } from './sending/jobs.js'
import * as outcome from './sending/outcome.js'
import {
  claimMails,
  type HeldMail,
  type MintTokens,
  type OnUndeliverable,
  settleExpired,
} from './sending/service.js'
import { opensReset } from './state.js'
import type { WriteMail } from './writing/jobs.js'

export type MailDeps = {
  db: Db
  pool: pg.Pool
  log: Log
  sender: Sender
  transport: SmtpTransport
  /**
   * Makes a fresh token for each of these resets that is still ordered and stores its hash; returns
   * the plain tokens by reset number. Set-based; runs in the transaction that claims the mails.
   */
  mint: MintTokens
  /** Writes the mails, when not in this thread: see `openWriter`. */
  write?: WriteMail
  /** Told of every rejected or unknown mail, in the transaction that says so. */
  onUndeliverable: OnUndeliverable
}

export type SendCounts = { accepted: number; deferred: number; rejected: number; unknown: number }

const CLAIM_AT_ONCE = 200

/**
 * Sends every mail that is due, over as many connections as the transport allows, until none is
 * left, the valve closes or `signal` aborts. Any number of processes may do this at once. Refuses
 * with `mail_transport_refused` when the server takes no mail; everything unsent stays staged.
 */
export async function sendDue(deps: MailDeps, signal: AbortSignal): Promise<SendCounts> {
  await recoverExpired(deps)
  const hold = await takeHold(deps, randomUUID(), signal)
  const line = queueUp(deps, hold)
  try {
    const workers = Array.from({ length: deps.transport.connections }, () => work(deps, hold, line))
    const failures = (await Promise.all(workers)).filter((failure) => failure !== undefined)
    const left = line.rest()
    await Promise.all(left.map((mail) => hold.finish(outcome.released(mail))))
    if (Object.values(hold.counts).some((mails) => mails > 0))
      deps.log.info('mail.sent', { ...hold.counts, left: left.length })
    throwWhatMatters(failures, left.length)
    return hold.counts
  } finally {
    await hold.release()
  }
}

/** A refused connection matters only while mails are left: other connections may have sent them. */
function throwWhatMatters(failures: readonly unknown[], left: number): void {
  const [failure] = failures.filter((one) => left > 0 || !(one instanceof Refusal))
  if (failure !== undefined) throw failure
}

/** Settles what crashed senders left behind: staged again, or `unknown` once it may have arrived. */
export async function recoverExpired(
  deps: Pick<MailDeps, 'db' | 'log' | 'onUndeliverable'>,
): Promise<{ staged: number; unknown: number }> {
  const settled = await settleExpired(deps)
  const unknown = settled.filter((mail) => mail.status === 'unknown').length
  const staged = settled.filter((mail) => mail.status === 'staged').length
  if (settled.length > 0) deps.log.warn('mail.recovered', { staged, unknown })
  return { staged, unknown }
}

type Line = {
  next(): Promise<HeldMail | undefined>
  putBack(mail: HeldMail): void
  rest(): HeldMail[]
}

/** Claimed mails in their order; claims more before the last one is taken. */
function queueUp(deps: MailDeps, hold: Hold): Line {
  const waiting: HeldMail[] = []
  let refill: Promise<void> | undefined
  let isDry = false
  const claimMore = async () => {
    const claimed = await claimMails(deps, hold.owner, CLAIM_AT_ONCE)
    isDry = claimed.length < CLAIM_AT_ONCE
    hold.add(claimed)
    waiting.push(...claimed)
    refill = undefined
  }
  const next = async () => {
    while (hold.maySend()) {
      if (!isDry && refill === undefined && waiting.length < CLAIM_AT_ONCE / 2) {
        refill = claimMore()
        refill.catch(() => undefined) // whoever waits for it reports it
      }
      const mail = waiting.shift()
      if (mail) return mail
      if (refill === undefined) return undefined
      await refill
    }
    return undefined
  }
  const rest = () => waiting.splice(0)
  return { next, putBack: (mail) => waiting.unshift(mail), rest }
}

/**
 * Sends one mail after the other; answers with the reason when it cannot go on. The dot of a mail
 * waits until the end of the one before the last is recorded, so that a crash leaves at most two
 * per connection unknown.
 */
async function work(deps: MailDeps, hold: Hold, line: Line): Promise<unknown> {
  let recorded: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  let mail: HeldMail | undefined
  try {
    for (mail = await line.next(); mail !== undefined; mail = await line.next()) {
      const [earlier, last] = recorded
      const permits = permitsFor(hold, mail, earlier)
      recorded = [last, hold.finish(await send(deps, mail, permits))]
    }
    await Promise.all(recorded)
    return undefined
  } catch (failure) {
    if (mail !== undefined && failure instanceof Refusal) line.putBack(mail)
    await Promise.all(recorded)
    return failure
  }
}

const permitsFor = (hold: Hold, mail: HeldMail, recorded: Promise<void>): SmtpPermits => ({
  begin: hold.maySend,
  end: async () => {
    await recorded
    return hold.stamp(mail.no)
  },
})

async function send(
  deps: MailDeps,
  mail: HeldMail,
  permits: SmtpPermits,
): Promise<outcome.Outcome> {
  if (opensReset(mail.purpose) && mail.token === null) {
    return outcome.withdrawn(mail, 'the reset is no longer ordered')
  }
  const written = await write(deps, mail)
  if (written === undefined) return outcome.deferred(mail, 'it could not be written')
  if (written.kind === 'unsendable') return outcome.rejected(mail, written.because)
  if (written.kind === 'stopped') return outcome.stopped(mail, written.problem)
  const { recipient, bytes, wireSha256 } = written
  const message = { from: deps.sender.from, to: recipient, bytes }
  const verdict = await deps.transport.deliver(message, permits)
  return { ...outcome.outcomeOf(mail, verdict), wireSha256 }
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
async function write(deps: MailDeps, mail: HeldMail): Promise<Written | undefined> {
  try {
    return await (deps.write ?? prepare)(unwritten(mail), deps.sender, new Date())
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    deps.log.error('mail.not_written', { mailId: mail.id, error: name })
    return undefined
  }
}
