import type { Tx } from '../../platform/db.js'
import { type Catalogue, DEFAULT_CATALOGUE, parseCatalogue } from '../catalogue.js'
import { join, nothingTouched, type Touched, touch } from './touched.js'

/** One classification at a time: each sees everything that was committed before it. */
export async function tryLock(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('classification', 0)) AS locked`
  return row?.locked ?? false
}

export const lock = (tx: Tx): Promise<number> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('classification', 0))`

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
  networks: string
  asns: string
}

/** Takes what arrived for accounts and sources, oldest first; it stays for the wide look. */
export const takeNarrow = async (tx: Tx, limit: number): Promise<Arrived> =>
  gathered(
    await tx.$queryRaw<ArrivalRow[]>`
      UPDATE arrival a SET is_narrow_done = true
      FROM (SELECT no FROM arrival WHERE NOT is_narrow_done ORDER BY no LIMIT ${limit}) n
      WHERE a.no = n.no
      RETURNING a.received_at AS "receivedAt", a.from_at AS "from", a.until_at AS "until",
                a.account_nos::text AS "accountNos", a.networks::text AS networks, a.asns::text AS asns`,
  )

/** Takes what the narrow look has done, for systems and the platform. */
export async function takeWide(tx: Tx, limit: number): Promise<Arrived> {
  const arrived = gathered(
    await tx.$queryRaw<ArrivalRow[]>`
      DELETE FROM arrival a
      USING (SELECT no FROM arrival WHERE is_narrow_done ORDER BY no LIMIT ${limit}) n
      WHERE a.no = n.no
      RETURNING a.received_at AS "receivedAt", a.from_at AS "from", a.until_at AS "until",
                '{}' AS "accountNos", '{}' AS networks, a.asns::text AS asns`,
  )
  const { platform } = arrived.touched
  // What is usual counts the day before: with a late arrival the day after it may look otherwise.
  if (platform) platform.until = new Date(platform.until.getTime() + DAY_MS)
  return arrived
}

const DAY_MS = 86_400_000

function gathered(rows: readonly ArrivalRow[]): Arrived {
  const touched = nothingTouched()
  let receivedAt: Date | null = null
  for (const row of rows) {
    if (receivedAt === null || row.receivedAt < receivedAt) receivedAt = row.receivedAt
    touched.platform = join(touched.platform, row)
    for (const no of elements(row.accountNos)) touch(touched.accounts, BigInt(no), row)
    for (const network of elements(row.networks)) touch(touched.networks, network, row)
    for (const asn of elements(row.asns)) touch(touched.systems, BigInt(asn), row)
  }
  return { touched, receivedAt, arrivals: rows.length }
}

/** Of an array of numbers or networks as Postgres writes it: none of them needs quotes. */
const elements = (array: string): string[] => (array === '{}' ? [] : array.slice(1, -1).split(','))

/** When the wide look was last taken, for how long something has waited for it. */
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
