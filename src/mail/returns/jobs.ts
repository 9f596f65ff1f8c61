import type { Log } from '../../platform/log.js'
import { startLoop } from '../../platform/loop.js'
import {
  type Intake,
  type IntakeLimits,
  type IntakeMessage,
  type Shed,
  startIntake,
  type Welcome,
} from '../../platform/smtp-intake.js'
import { type Address, parseAddress } from '../../values/address.js'
import { readReturnAddress } from './address.js'
import { openQuota } from './quota.js'
import {
  countRefused,
  type ReturnDeps,
  type SeedDeps,
  takeReport,
  takeSeedCopy,
} from './service.js'

export type IntakeDeps = ReturnDeps & SeedDeps & { log: Log }

export type IntakeTerms = {
  listen: { host: string; port: number }
  /** Live keys of return addresses; the first makes new ones, all are believed. */
  keys: readonly Uint8Array[]
  seeds: readonly Address[]
  limits?: Partial<IntakeLimits>
}

/** In an hour: what one mail can have had reported about it, and one seed mailbox received. */
const REPORTS_OF_ONE_MAIL = 20
const COPIES_OF_ONE_SEED = 3_000
const STRETCH_MS = 60 * 60_000
const COUNTED_EVERY_MS = 5_000

type Mailbox = { kind: 'mail'; mailId: string } | { kind: 'seed'; seed: Address }
type Nobody = { kind: 'forged' | 'not_ours' }

/**
 * Listens for what comes back: reports to the signed addresses of mails, and the copies of seed
 * mailboxes. Everything else is refused and counted. The counts reach the database every few
 * seconds, and at `close`: a flood costs no statement of its own.
 */
export async function startReturns(deps: IntakeDeps, terms: IntakeTerms): Promise<Intake> {
  const counts = openCounts()
  const mailboxOf = mailboxesOf(deps.bounceDomain, terms)
  const intake = await startIntake({
    ...terms.listen,
    name: deps.bounceDomain ?? 'cordon',
    accepts: doorkeeper(mailboxOf, counts),
    take: (message) => take(deps, mailboxOf(message.recipient), message, counts),
    onShed: shedder(deps.log, counts),
    limits: terms.limits ?? {},
  })
  const notCounted = () => deps.log.error('mail.returns_not_counted')
  const flushing = startLoop(() => flush(deps, counts), {
    idleMs: COUNTED_EVERY_MS,
    onError: notCounted,
  })
  return {
    url: intake.url,
    async close() {
      await intake.close()
      await flushing.close()
      await flush(deps, counts).catch(notCounted)
    },
  }
}

/** Lets in whoever writes to a mailbox there is, as often as that mailbox may be written to. */
function doorkeeper(mailboxOf: (recipient: string) => Mailbox | Nobody, counts: Counts) {
  const quota = openQuota(STRETCH_MS)
  return (recipient: string): Welcome => {
    const mailbox = mailboxOf(recipient)
    if (mailbox.kind !== 'mail' && mailbox.kind !== 'seed') {
      counts.add(mailbox.kind)
      return 'refused'
    }
    const [key, most] =
      mailbox.kind === 'mail'
        ? ([mailbox.mailId, REPORTS_OF_ONE_MAIL] as const)
        : ([mailbox.seed, COPIES_OF_ONE_SEED] as const)
    if (quota.take(key, most, performance.now())) return 'welcome'
    counts.add('over_quota')
    return 'later'
  }
}

/** True once it is stored; false when it is nothing of ours after all. */
async function take(
  deps: IntakeDeps,
  mailbox: Mailbox | Nobody,
  { sender, bytes }: IntakeMessage,
  counts: Counts,
): Promise<boolean> {
  if (mailbox.kind === 'mail') {
    const { mailId } = mailbox
    const kind = await takeReport(deps, { mailId, isFromNobody: sender === '', bytes })
    deps.log.info('mail.returned', { mailId, kind })
    return true
  }
  if (mailbox.kind !== 'seed') return false
  const taken = await takeSeedCopy(deps, { seed: mailbox.seed, bytes })
  if (taken === 'stray') counts.add('stray')
  return taken === 'kept'
}

/** Counts each; only the first failure since the last count is logged, or a flood would become one of the log. */
const shedder = (log: Log, counts: Counts) => (why: Shed, error?: unknown) => {
  const isFirst = counts.add(why) === 1
  if (error === undefined || !isFirst) return
  const because = error instanceof Error ? error.name : 'unknown'
  log.error('mail.return_not_stored', { because })
}

/** Whose mailbox an address of an envelope is. */
function mailboxesOf(domain: string | undefined, { keys, seeds }: IntakeTerms) {
  const isSeed = new Set<string>(seeds)
  return (recipient: string): Mailbox | Nobody => {
    const parsed = parseAddress(recipient)
    if ('address' in parsed && isSeed.has(parsed.address)) {
      return { kind: 'seed', seed: parsed.address }
    }
    if (domain === undefined) return { kind: 'not_ours' }
    const read = readReturnAddress(recipient, domain, keys)
    return 'mailId' in read ? { kind: 'mail', mailId: read.mailId } : { kind: read.refused }
  }
}

type Counts = {
  /** Returns how many there are of it now. */
  add(reason: string, messages?: number): number
  takeAll(): [string, number][]
}

function openCounts(): Counts {
  const counts = new Map<string, number>()
  return {
    add: (reason, messages = 1) => {
      const now = (counts.get(reason) ?? 0) + messages
      counts.set(reason, now)
      return now
    },
    takeAll: () => {
      const taken = [...counts]
      counts.clear()
      return taken
    },
  }
}

/** What could not be written is counted again at the next turn. */
async function flush(deps: IntakeDeps, counts: Counts): Promise<boolean> {
  const taken = counts.takeAll()
  if (taken.length === 0) return false
  try {
    await countRefused(deps, taken)
  } catch (error) {
    for (const [reason, messages] of taken) counts.add(reason, messages)
    throw error
  }
  return false
}
