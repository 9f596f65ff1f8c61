import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import type { Log } from '../platform/log.js'
import type { MxLookUp } from '../platform/mx.js'
import type { SmtpTransport } from '../platform/smtp.js'
import type { Shaping } from './lanes/shaping.js'
import type { Sender } from './sender.js'
import { deliverMail, type Turn } from './sending/delivering/jobs.js'
import { type Hold, takeHold } from './sending/jobs.js'
import { type MintTokens, type OnUndeliverable, settleExpired } from './sending/service.js'
import { type SlottedMail, type Supply, supplyFor } from './sending/supply/jobs.js'
import type { WriteMail } from './writing/jobs.js'

export type MailDeps = {
  db: Db
  pool: pg.Pool
  log: Log
  sender: Sender
  transport: SmtpTransport
  /**
   * Makes a fresh token for each of these resets that is still ordered and stores its hash; returns
   * the plain tokens by reset number. Set-based.
   */
  mint: MintTokens
  /** What providers take; the built-in table when left out. */
  shaping?: Shaping
  /** With it another loop sorts mail into lanes; without it the table does, here and at once. */
  mx?: MxLookUp | undefined
  /** The envelope sender of a mail, where what comes back goes; without it that is the sender's own. */
  returnPath?: ((mailId: string) => string) | undefined
  /** Writes the mails, when not in this thread: see `openWriter`. */
  write?: WriteMail
  /** Told of every rejected or unknown mail, in the transaction that says so. */
  onUndeliverable: OnUndeliverable
}

export type SendCounts = { accepted: number; deferred: number; rejected: number; unknown: number }

/**
 * Sends every mail that is due, each at its slot in its lane and over as many connections as the
 * transport and the lanes allow, until none is left, the valve closes or `signal` aborts. Any
 * number of processes may do this at once. Refuses with `mail_transport_refused` when the server
 * takes no mail; everything unsent stays staged.
 */
export async function sendDue(deps: MailDeps, signal: AbortSignal): Promise<SendCounts> {
  await recoverExpired(deps)
  let supply: Supply | undefined
  const onLook = (paused: readonly string[]) => supply?.look(paused)
  const hold = await takeHold(deps, { owner: randomUUID(), signal, onLook })
  supply = supplyFor(deps, hold)
  const stop = () => supply?.end()
  signal.addEventListener('abort', stop)
  try {
    const working = Array.from({ length: deps.transport.connections }, () =>
      work(deps, hold, supply as Supply),
    )
    const supplying = supply.run()
    supplying.catch(() => undefined) // waited for below, once nobody sends any more
    const failures = (await Promise.all(working)).filter((failure) => failure !== undefined)
    supply.end()
    await supplying
    const left = supply.rest()
    await hold.giveBack(left)
    if (Object.values(hold.counts).some((mails) => mails > 0))
      deps.log.info('mail.sent', { ...hold.counts, left: left.length })
    throwWhatMatters(failures, left.length)
    return hold.counts
  } finally {
    signal.removeEventListener('abort', stop)
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

const turnOf = (supply: Supply, mail: SlottedMail, recorded: Promise<void>): Turn => ({
  slot: () => supply.slot(mail),
  recorded,
})

/**
 * Sends one mail after the other; answers with the reason when it cannot go on. The dot of a mail
 * waits until the end of the one before the last is recorded, so that a crash leaves at most two
 * per connection unknown.
 */
async function work(deps: MailDeps, hold: Hold, supply: Supply): Promise<unknown> {
  let recorded: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  let mail: SlottedMail | undefined
  try {
    for (mail = await supply.next(); mail !== undefined; mail = await supply.next()) {
      const [earlier, last] = recorded
      const outcome = await deliverMail(deps, hold, mail, turnOf(supply, mail, earlier))
      const ending = hold.finish(outcome)
      supply.done(mail, outcome)
      recorded = [last, ending]
    }
    await Promise.all(recorded)
    return undefined
  } catch (failure) {
    if (mail !== undefined) supply.putBack(mail, failure instanceof Refusal)
    await Promise.all(recorded)
    return failure
  } finally {
    supply.leave()
  }
}
