import type { MailDeps } from '../../src/mail/jobs.js'
import type { Undeliverable } from '../../src/mail/sending/service.js'
import type { Db } from '../../src/platform/db.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import { SENDER } from '../unit/mail/fixtures.js'
import { type Sink, type SinkOptions, startSink } from './smtp-sink.js'

export const NEVER = new AbortController().signal

type Where = Pick<MailDeps, 'db' | 'pool'>

/** Mail as a worker sends it, to a server of the test's own. */
export type Mailing = {
  deps: MailDeps
  sink: Sink
  undeliverable: Undeliverable[]
  close(): Promise<void>
}

export async function aMailing(
  { db, pool }: Where,
  { connections = 4, ...options }: SinkOptions & { connections?: number } = {},
): Promise<Mailing> {
  const sink = await startSink(options)
  const transport = openTransport(new Secret(sink.url), connections)
  const undeliverable: Undeliverable[] = []
  const deps: MailDeps = {
    db,
    pool,
    log: { info() {}, warn() {}, error() {} },
    sender: SENDER,
    transport,
    mint: mintTokens,
    onUndeliverable: async (_tx, mail) => {
      undeliverable.push(mail)
    },
  }
  const close = async () => {
    transport.close()
    await sink.close()
  }
  return { deps, sink, undeliverable, close }
}

/** Waits until what is asked becomes true; looks often, and gives up after a minute. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('It never became so')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** The token in a mail as it went over the wire. */
export const tokenIn = (data: string): string =>
  /reset\/([\w-]{43})/.exec(data.replaceAll('=\r\n', ''))?.[1] ?? ''

let stories = 0

/** Accounts of their own at `lane` with ordered resets and staged mails; returns the id of their sweep. */
export async function stagedMails(
  db: Db,
  count: number,
  lane: string | null = null,
): Promise<string> {
  stories += 1
  const sweepId = `swp_story${stories}`
  await db.$executeRaw`
    WITH made AS (
      INSERT INTO account (id, address, match_key, locale)
      SELECT ${sweepId} || '-' || i, ${sweepId} || '-' || i || '@example.org', ${sweepId} || '-' || i || '@example.org', 'en'
      FROM generate_series(1, ${count}::int) i RETURNING no, address),
    ordered AS (
      INSERT INTO reset (account_no, epoch, sweep_id) SELECT no, 1, ${sweepId} FROM made RETURNING no, account_no)
    INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave, lane)
    SELECT ${sweepId}, m.no, 'reset', m.address, o.no, 0, ${lane} FROM made m JOIN ordered o ON o.account_no = m.no`
  if (lane !== null) {
    await db.$executeRaw`
      INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES (${lane}, 1e6, 1e6, 1000, 1000)
      ON CONFLICT DO NOTHING`
  }
  return sweepId
}
