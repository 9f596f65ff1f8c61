import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type pg from 'pg'

type Limits = { rate?: number; burst?: number; connections?: number; cap?: number }

/** A lane of this name with these limits, for mail to the domain of the same name. */
export async function aLane(pool: pg.Pool, domain: string, limits: Limits = {}): Promise<void> {
  const { rate = 1_000, burst = 1, connections = 20, cap = rate } = limits
  await pool.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, burst, connections, connections_cap)
     VALUES ($1, $2, $3, $4, $5, $5)`,
    [domain, rate, cap, burst, connections],
  )
  await pool.query(
    `INSERT INTO mail_domain (domain, lane, source, expires_at)
     VALUES ($1, $1, 'table', now() + interval '1 day')`,
    [domain],
  )
}

let nextNumber = 0

/** Mails without links or tokens to accounts of their own at this domain; returns their sweep. */
export async function mailsTo(
  pool: pg.Pool,
  domain: string,
  count: number,
  over: { purpose?: 'notice' | 'confirmation'; sweepId?: string; sorted?: boolean } = {},
): Promise<string> {
  const tag = `m${process.pid}x${nextNumber++}`
  const { purpose = 'notice', sweepId = `sweep-${tag}`, sorted = true } = over
  await pool.query(
    `WITH made AS (
       INSERT INTO account (id, address, match_key, locale)
       SELECT $1 || '-' || i, $1 || '-' || i || '@' || $2, $1 || '-' || i, 'en' FROM generate_series(1, $3::int) i
       RETURNING no, address)
     INSERT INTO mail (sweep_id, account_no, purpose, recipient, lane, wave)
     SELECT $4, no, $5, address, CASE WHEN $6 THEN $2 END, 0 FROM made ORDER BY no`,
    [tag, domain, count, sweepId, purpose, sorted],
  )
  return sweepId
}

/** Real processes that send, ready when this resolves. */
export async function senders(
  count: number,
  databaseUrl: string,
  smtpUrl: string,
  connections = 4,
): Promise<ChildProcess[]> {
  const children = Array.from({ length: count }, () =>
    fork(join(import.meta.dirname, 'mail-sender.ts'), [databaseUrl, smtpUrl, String(connections)], {
      execArgv: ['--import', 'tsx'],
    }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  return children
}

/** Lets them finish and waits until they are gone. */
export async function dismiss(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      if (child.connected) child.disconnect()
      await gone
    }),
  )
}

/** The most moments within any second. */
export function mostInASecond(momentsMs: readonly number[]): number {
  const sorted = momentsMs.toSorted((left, right) => left - right)
  let most = 0
  let first = 0
  for (const [last, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - 1_000) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
