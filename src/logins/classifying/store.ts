import { Sql, type Tx } from '../../platform/db.js'
import { type Catalogue, DEFAULT_CATALOGUE, parseCatalogue } from '../catalogue.js'
import { nothingTouched, type Span, type Touched, touch } from './touched.js'

/** One classification at a time: each sees everything that was committed before it. */
export const tryLock = (tx: Tx): Promise<boolean> => tryLockOf(tx, 'classification')
export const lock = (tx: Tx): Promise<number> => lockOf(tx, 'classification')

/** And one count of the platform, beside it. */
export const tryLockTally = (tx: Tx): Promise<boolean> => tryLockOf(tx, 'platform tally')
export const lockTally = (tx: Tx): Promise<number> => lockOf(tx, 'platform tally')

const lockOf = (tx: Tx, what: string) =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${what}, 0))`

async function tryLockOf(tx: Tx, what: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${what}, 0)) AS locked`
  return row?.locked ?? false
}

export async function activeCatalogue(tx: Tx): Promise<Catalogue> {
  const active = await tx.catalogue.findFirst({
    where: { switchedOnAt: { not: null } },
    orderBy: { switchedOnAt: 'desc' },
  })
  return active ? parseCatalogue(active.body) : DEFAULT_CATALOGUE
}

export type Arrived = { touched: Touched; receivedAt: Date | null; arrivals: number }

type ArrivalRow = {
  receivedAt: Date
  from: Date
  until: Date
  accountNos: string
  addresses: string
  networks: string | null
  asns: string
}

/**
 * So many arrivals at most, and of those only what happened within so many days of the first: a late
 * one must not make the look at all the others reach back to it.
 */
export type Limits = { arrivals: number; days: number }

/** Takes what arrived for accounts and sources, oldest first; it stays for the wide look. */
export const takeNarrow = async (tx: Tx, limits: Limits): Promise<Arrived> =>
  gathered(
    await tx.$queryRaw<ArrivalRow[]>`
      UPDATE arrival a SET is_narrow_done = true
      FROM ${oldest(Sql.sql`NOT is_narrow_done`, limits)} n
      WHERE a.no = n.no
      RETURNING a.received_at AS "receivedAt", a.from_at AS "from", a.until_at AS "until",
                a.account_nos::text AS "accountNos", a.addresses::text AS addresses,
                (SELECT array_agg(DISTINCT cordon_network(ip)) FROM unnest(a.addresses) AS ip)::text AS networks,
                '{}' AS asns`,
  )

type Waiting = { nos: bigint[]; touched: Touched }

/** What the narrow look has done and the wide look has not. */
export async function waitingWide(tx: Tx, { arrivals, days }: Limits): Promise<Waiting> {
  const rows = await tx.$queryRaw<{ no: bigint; from: Date; until: Date }[]>`
    SELECT a.no, a.from_at AS "from", a.until_at AS "until" FROM arrival a
    JOIN ${oldest(Sql.sql`is_narrow_done`, { arrivals: 20 * arrivals, days })} n ON n.no = a.no`
  const touched = nothingTouched()
  for (const { from, until } of rows) touchPlatform(touched, { from, until })
  return { nos: rows.map(({ no }) => no), touched }
}

/** Takes arrivals for systems and the platform. */
export const takeWide = async (tx: Tx, nos: readonly bigint[]): Promise<Arrived> =>
  gathered(
    await tx.$queryRaw<ArrivalRow[]>`
      DELETE FROM arrival a WHERE a.no = ANY(${`{${nos.join(',')}}`}::text::bigint[])
      RETURNING a.received_at AS "receivedAt", a.from_at AS "from", a.until_at AS "until",
                '{}' AS "accountNos", '{}' AS addresses, '{}' AS networks, a.asns::text AS asns`,
  )

const oldest = (which: Sql.Sql, { arrivals, days }: Limits) => Sql.sql`(
  SELECT w.no FROM arrival w, (SELECT from_at FROM arrival WHERE ${which} ORDER BY no LIMIT 1) first
  WHERE ${which} AND w.from_at BETWEEN first.from_at - make_interval(days => ${days}::int)
                               AND first.from_at + make_interval(days => ${days}::int)
  ORDER BY w.no LIMIT ${arrivals})`

function gathered(rows: readonly ArrivalRow[]): Arrived {
  const touched = nothingTouched()
  let receivedAt: Date | null = null
  for (const row of rows) {
    if (receivedAt === null || row.receivedAt < receivedAt) receivedAt = row.receivedAt
    touchPlatform(touched, row)
    for (const no of elements(row.accountNos)) touch(touched.accounts, BigInt(no), row)
    for (const ip of elements(row.addresses)) touch(touched.addresses, ip, row)
    for (const network of elements(row.networks)) touch(touched.networks, network, row)
    for (const asn of elements(row.asns)) touch(touched.systems, BigInt(asn), row)
  }
  return { touched, receivedAt, arrivals: rows.length }
}

const QUARTER_MS = 15 * 60_000

const touchPlatform = ({ platform }: Touched, span: Span) =>
  touch(platform, Math.floor(span.from.getTime() / QUARTER_MS) * QUARTER_MS, span)

/** Leaves what changed about failures of before to the wide look, too. */
export async function askWideLook(
  tx: Tx,
  flipped: readonly { at: Date; asn: bigint | null }[],
): Promise<void> {
  if (flipped.length === 0) return
  await tx.$executeRaw`
    INSERT INTO arrival (from_at, until_at, account_nos, addresses, asns, is_narrow_done)
    SELECT min(f.at), max(f.at), '{}', '{}',
           coalesce(array_agg(DISTINCT f.asn) FILTER (WHERE f.asn IS NOT NULL), '{}'), true
    FROM unnest(${flipped.map(({ at }) => at)}::timestamptz[], ${flipped.map(({ asn }) => asn)}::bigint[]) AS f(at, asn)
    GROUP BY date_bin('15 minutes', f.at, timestamptz '2000-01-01')`
}

/** Of an array of numbers or networks as Postgres writes it: none of them needs quotes. */
const elements = (array: string | null): string[] =>
  array === null || array === '{}' ? [] : array.slice(1, -1).split(',')

/** For how long something has waited for the wide look. */
export async function wideWaitSeconds(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ seconds: number | null }[]>`
    SELECT extract(epoch FROM now() - min(received_at))::float8 AS seconds FROM arrival WHERE is_narrow_done`
  return row?.seconds ?? 0
}

/** Accounts about which there is new evidence: for the watch, which knows whom it concerns. */
export async function askReassessment(
  tx: Tx,
  accountNos: readonly bigint[],
  receivedAt: Date | null,
): Promise<void> {
  if (accountNos.length === 0) return
  await tx.$executeRaw`
    INSERT INTO reassessment (account_no, because, received_at)
    SELECT no, 'hostile_attempt', coalesce(${receivedAt}::timestamptz, now())
    FROM unnest(${`{${accountNos.join(',')}}`}::text::bigint[]) AS asked (no)`
}
