import type { Tx } from '../../platform/db.js'
import type { Catalogue } from '../catalogue.js'
import type { Span } from '../classifying/touched.js'

/** The event times of everything stored; `undefined` when nothing is. */
export async function historySpan(tx: Tx): Promise<Span | undefined> {
  const [row] = await tx.$queryRaw<{ from: Date | null; until: Date | null }[]>`
    SELECT min(at) AS "from", max(at) AS "until" FROM attempt`
  return row?.from && row.until ? { from: row.from, until: row.until } : undefined
}

export const beginTrial = (tx: Tx): Promise<number> => tx.$executeRaw`SAVEPOINT trial`

/** Whatever was done since the trial began was not done. */
export const undoTrial = (tx: Tx): Promise<number> => tx.$executeRaw`ROLLBACK TO SAVEPOINT trial`

/** Keeps what is found now, so that it can be compared; on this connection. */
export async function keepBefore(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMP TABLE signal_before ON COMMIT DROP AS
    SELECT kind, account_no, ip, asn, first_at FROM signal`
  await tx.$executeRaw`
    CREATE TEMP TABLE hostile_before ON COMMIT DROP AS
    SELECT account_no, count(*)::int AS attempts, (count(*) FILTER (WHERE succeeded))::int AS successes
    FROM attempt WHERE hostile AND account_no IS NOT NULL GROUP BY account_no`
}

/** Windows of another length are counted from nothing. */
export const forgetTallies = (tx: Tx): Promise<number> => tx.$executeRaw`DELETE FROM platform_tally`

export type KindDifference = {
  kind: string
  before: number
  after: number
  gone: number
  fresh: number
}

export const signalDifferences = (tx: Tx): Promise<KindDifference[]> =>
  tx.$queryRaw<KindDifference[]>`
    SELECT kind, (count(*) FILTER (WHERE b))::int AS before, (count(*) FILTER (WHERE a))::int AS after,
           (count(*) FILTER (WHERE b AND NOT a))::int AS gone, (count(*) FILTER (WHERE a AND NOT b))::int AS fresh
    FROM (
      SELECT kind, account_no, ip, asn, first_at, bool_or(was) AS b, bool_or(NOT was) AS a
      FROM (SELECT *, true AS was FROM signal_before
            UNION ALL SELECT kind, account_no, ip, asn, first_at, false FROM signal) both_times
      GROUP BY kind, account_no, ip, asn, first_at) each_signal
    GROUP BY kind ORDER BY kind`

export type AccountDifference = {
  attackedBefore: number
  attackedAfter: number
  noLongerAttacked: number
  newlyAttacked: number
  enteredBefore: number
  enteredAfter: number
  noLongerEntered: number
  newlyEntered: number
}

export async function accountDifference(tx: Tx): Promise<AccountDifference> {
  const [row] = await tx.$queryRaw<[AccountDifference]>`
    WITH hostile_after AS (
      SELECT account_no, count(*)::int AS attempts, (count(*) FILTER (WHERE succeeded))::int AS successes
      FROM attempt WHERE hostile AND account_no IS NOT NULL GROUP BY account_no
    ), both_times AS (
      SELECT b.account_no IS NOT NULL AS was, a.account_no IS NOT NULL AS is_now,
             coalesce(b.successes, 0) > 0 AS was_entered, coalesce(a.successes, 0) > 0 AS is_entered
      FROM hostile_before b FULL JOIN hostile_after a USING (account_no))
    SELECT (count(*) FILTER (WHERE was))::int AS "attackedBefore", (count(*) FILTER (WHERE is_now))::int AS "attackedAfter",
           (count(*) FILTER (WHERE was AND NOT is_now))::int AS "noLongerAttacked",
           (count(*) FILTER (WHERE is_now AND NOT was))::int AS "newlyAttacked",
           (count(*) FILTER (WHERE was_entered))::int AS "enteredBefore",
           (count(*) FILTER (WHERE is_entered))::int AS "enteredAfter",
           (count(*) FILTER (WHERE was_entered AND NOT is_entered))::int AS "noLongerEntered",
           (count(*) FILTER (WHERE is_entered AND NOT was_entered))::int AS "newlyEntered"
    FROM both_times`
  return row
}

/** Accounts that a catalogue newly finds attacked, for the watch. */
export const askAboutNewlyAttacked = (tx: Tx): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO reassessment (account_no, because)
    SELECT DISTINCT t.account_no, 'hostile_attempt' FROM attempt t
    WHERE t.hostile AND t.account_no IS NOT NULL
      AND NOT EXISTS (SELECT FROM hostile_before b WHERE b.account_no = t.account_no)`

export type StoredCatalogue = { version: string; sha256: string; body: Catalogue }

/** Switches a catalogue on. False when its version is taken by other content. */
export async function switchOn(
  tx: Tx,
  { version, sha256, body }: StoredCatalogue,
): Promise<boolean> {
  await tx.catalogue.createMany({ data: { version, sha256, body }, skipDuplicates: true })
  const switched = await tx.$executeRaw`
    UPDATE catalogue SET switched_on_at = clock_timestamp() WHERE version = ${version} AND sha256 = ${sha256}`
  return switched === 1
}
