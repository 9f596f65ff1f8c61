import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { findBroken } from '../../src/doctor/service.js'
import type { Db } from '../../src/platform/db.js'
import { type Sink, startSink } from '../../test/support/smtp-sink.js'
import { judgeMails } from './findings.js'
import { seeded } from './random.js'

export type MailKillOptions = {
  databaseUrl: string
  db: Db
  pool: pg.Pool
  kills: number
  mails: number
  senders: number
  connections: number
  seed: number
  /** How long the server takes for each reply to a dot. */
  replyMs: number
  /** Of all mails, how many lose their connection between the dot and its reply. */
  dropShare: number
  onKill?: (kill: Kill) => void
}

/** One SIGKILL: when, whom, and what that sender had under way with its server. */
export type Kill = {
  no: number
  sender: number
  signal: string | null
  underWay: number
  left: number
}

export type MailKillResult = {
  kills: Kill[]
  mails: number
  accepted: number
  /** Bodies whose dot a server saw more than once, or of mails that are on record as something else. */
  twice: number
  lost: number
  unknown: number
  /** Unknown mails without an open stamp, audit row or case: what nobody could explain. */
  unexplained: number
  /** Connections dropped after the dot, and how many of them are unknown with that phase. */
  dropped: number
  droppedKnown: number
  /** What the doctor says of the mails: invariants that do not hold, a line each. */
  broken: string[]
}

/**
 * Sends mails from several processes to a server that keeps each message by its recipient, and kills
 * a random one with SIGKILL again and again; a new one takes its place. The same seed chooses the
 * same senders, moments and dropped connections.
 */
export async function killSenders(options: MailKillOptions): Promise<MailKillResult> {
  const random = seeded(options.seed)
  const isDropped = chooserOf(options)
  const crew = await Promise.all(
    Array.from({ length: options.senders }, () => startSender(options, isDropped)),
  )
  const kills: Kill[] = []
  try {
    await stageMails(options)
    while (kills.length < options.kills) {
      const no = Math.floor(random() * crew.length)
      const victim = crew[no] as Sender
      await untilBusy(victim)
      await pause(random() * MOMENT_MS) // the random moment itself, not a wait for something
      const left = await leftToSend(options.db)
      if (left === 0) throw new Error(`Everything was sent after ${kills.length} kills`)
      const kill = await killBusy(victim)
      kills.push({ no: kills.length + 1, sender: no, left, ...kill })
      options.onKill?.(kills.at(-1) as Kill)
      victim.start() // meanwhile the others go on, and may be next
    }
    await untilSent(options.db)
    await Promise.all(crew.map((sender) => sender.stop()))
    return {
      kills,
      ...(await inspect(
        options,
        crew.map(({ sink }) => sink),
      )),
    }
  } finally {
    await Promise.all(crew.map((sender) => sender.close()))
  }
}

const MOMENT_MS = 300

/** By the recipient, not by the order in which mails happen to come: the same ones at every replay. */
function chooserOf({ seed, dropShare }: MailKillOptions) {
  return (rcpt: string) => {
    let hash = seed
    for (const letter of rcpt) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0
    return seeded(hash)() < dropShare
  }
}

type Sender = {
  sink: Sink
  /** Makes the process anew; whoever wants it waits in `ready`. */
  start(): void
  ready(): Promise<ChildProcess>
  stop(): Promise<void>
  close(): Promise<void>
}

async function startSender(
  { databaseUrl, connections, replyMs }: MailKillOptions,
  isDropped: (rcpt: string) => boolean,
): Promise<Sender> {
  const sink = await startSink({
    dotDelayMs: replyMs,
    behave: (_message, rcpt) =>
      rcpt !== undefined && isDropped(rcpt) ? { at: 'dot', answer: 'drop' } : undefined,
  })
  const make = async () => {
    const child = fork(
      'scripts/chaos/mail-sender.ts',
      [databaseUrl, sink.url, String(connections)],
      {
        execArgv: ['--import', 'tsx'],
      },
    )
    await Promise.race([once(child, 'message'), refuseEarlyEnd(child)])
    return child
  }
  let made = make()
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const child = await made
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  await made
  return {
    sink,
    start: () => {
      made = make()
    },
    ready: () => made,
    stop: () => end('SIGTERM'),
    close: async () => {
      await end('SIGKILL')
      await sink.close()
    },
  }
}

async function refuseEarlyEnd(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`A sender ended with ${code} before it was ready`)
}

const BUSY_WITHIN_MS = 60_000

/** A kill lands when the sender has messages under way: begun, and not answered yet. */
async function killBusy(sender: Sender) {
  const victim = await sender.ready()
  await untilBusy(sender)
  const { underWay } = sender.sink
  victim.kill('SIGKILL')
  const [, signal] = (await once(victim, 'exit')) as [number | null, string | null]
  return { underWay, signal }
}

async function untilBusy({ sink, ready }: Sender): Promise<void> {
  await ready()
  const deadline = performance.now() + BUSY_WITHIN_MS
  while (sink.underWay === 0) {
    if (performance.now() > deadline) throw new Error('The sender has nothing to do')
    await pause(1)
  }
}

async function stageMails({ db, mails }: MailKillOptions): Promise<void> {
  await db.$executeRaw`
    WITH made AS (
      INSERT INTO account (id, address, match_key, locale)
      SELECT 'kill-' || i, 'kill-' || i || '@example.com', 'kill-' || i || '@example.com', 'en'
      FROM generate_series(1, ${mails}::int) i RETURNING no, address),
    ordered AS (
      INSERT INTO reset (account_no, epoch, sweep_id) SELECT no, 1, 'kills' FROM made RETURNING no, account_no)
    INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave, lane)
    SELECT 'kills', m.no, 'reset', m.address, o.no, 0, 'kills' FROM made m JOIN ordered o ON o.account_no = m.no`
  await db.$executeRaw`
    INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES ('kills', 1e6, 1e6, 1000, 1000)
    ON CONFLICT DO NOTHING`
  await db.$executeRaw`
    INSERT INTO mail_domain (domain, lane, source, expires_at) VALUES ('example.com', 'kills', 'table', 'infinity')
    ON CONFLICT DO NOTHING`
}

async function leftToSend(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<[{ left: number }]>`
    SELECT count(*)::int AS left FROM mail WHERE status IN ('staged', 'sending')`
  return row.left
}

const STUCK_AFTER_MS = 240_000

async function untilSent(db: Db): Promise<void> {
  let last = { left: Number.POSITIVE_INFINITY, atMs: performance.now() }
  for (;;) {
    // A connection that broke before the dot waits five minutes; nobody has to wait for that here.
    await db.$executeRaw`UPDATE mail SET not_before = now() WHERE status = 'staged' AND not_before > now()`
    const left = await leftToSend(db)
    if (left === 0) return
    if (left < last.left) last = { left, atMs: performance.now() }
    if (performance.now() - last.atMs > STUCK_AFTER_MS) throw new Error(`${left} mails are stuck`)
    await pause(100)
  }
}

/** The mails were staged without a sweep: these are the invariants that speak of mail alone. */
const OF_MAIL = ['I2', 'I4', 'I5', 'I6', 'I13', 'I14', 'I16', 'I20']

async function inspect({ db, databaseUrl }: MailKillOptions, sinks: readonly Sink[]) {
  const by = new Map<string, number>()
  const dropped = new Set<string>()
  for (const { rcpts, accepted } of sinks.flatMap(({ messages }) => messages)) {
    const [recipient = ''] = rcpts
    by.set(recipient, (by.get(recipient) ?? 0) + 1)
    if (!accepted) dropped.add(recipient)
  }
  const { mails, unknown } = await judgeMails(db, { by })
  return {
    broken: await findBroken(databaseUrl, { only: OF_MAIL }),
    ...mails,
    dropped: dropped.size,
    droppedKnown: unknown.filter(
      ({ recipient, reply }) => dropped.has(recipient) && PHASE_DOT.test(reply ?? ''),
    ).length,
  }
}

/** Lost in phase dot, or killed between its dot and the loss. */
const PHASE_DOT = /before the reply to the final dot|stopped before the reply/

/** Whether everything is as it must be: the invariants of `npm run chaos -- mail`. */
export const isSound = (found: MailKillResult, connections: number): boolean =>
  found.kills.every(({ signal, underWay }) => signal === 'SIGKILL' && underWay > 0) &&
  found.twice === 0 &&
  found.lost === 0 &&
  found.unexplained === 0 &&
  found.droppedKnown === found.dropped &&
  found.broken.length === 0 &&
  found.unknown - found.dropped <= found.kills.length * connections
