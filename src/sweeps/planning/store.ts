import type { Counted as CountedMails } from '../../mail/forecast/summary.js'
import { Sql, type Tx } from '../../platform/db.js'
import type { Evidence, NumericFact } from '../../scoring/evidence.js'
import { mailsOf, type Verdict } from '../decide.js'
import { PLAN_ATTEMPTS } from '../state.js'
import type { ChunkRange } from './chunks.js'

/** What a plan is made from. Dates bound the evidence; `occurredAt` stands in for undated batches. */
export type Scope = {
  sweepId: string
  listIds: string[]
  occurredAt: Date
  windowStart: Date
  /** Accounts that are left out, by the platform's ids. */
  exclude: string[]
}

/** Held by whoever is planning: a plan without a holder waits for one (`waitingPlans`). */
export const lockPlan = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${sweepId}, 0))`

/** The same, unless somebody else is planning it. */
export async function tryLockPlan(tx: Tx, sweepId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${sweepId}, 0)) AS locked`
  return row?.locked ?? false
}

/**
 * Sweeps that wait for a planner, the oldest first. Who asks at a shell plans by themselves and has
 * made the first attempt; each later one waits a while longer, so that trouble can pass.
 */
export const waitingPlans = (tx: Tx) =>
  tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM sweep WHERE status = 'planning' AND plan_attempts < ${PLAN_ATTEMPTS}
      AND created_at <= now() - plan_attempts * interval '30 seconds'
    ORDER BY created_at, id LIMIT 100`

/** Counts an attempt at a plan that is still to be made; `undefined` when it is not, or was tried enough. */
export async function beginAttempt(tx: Tx, sweepId: string): Promise<number | undefined> {
  const [row] = await tx.$queryRaw<{ attempts: number }[]>`
    UPDATE sweep SET plan_attempts = plan_attempts + 1, plan_steps = '[]'
    WHERE id = ${sweepId} AND status = 'planning' AND plan_attempts < ${PLAN_ATTEMPTS}
    RETURNING plan_attempts AS attempts`
  return row?.attempts
}

export type ExposureCounts = {
  entries: number
  duplicates: number
  rejected: number
  exposed: number
  matched: number
  unknown: number
  /** Matched accounts that were left out by hand; plans from before this was possible do not say. */
  excluded?: number
}

/** Distinct exposed addresses (or hashes) with the batches they were in; `exposed` on this connection. */
export async function gatherExposed(tx: Tx, scope: Scope): Promise<number> {
  const rows = await tx.$executeRaw`
    CREATE TEMP TABLE exposed ON COMMIT DROP AS
    SELECT row_number() OVER () AS no, address, match_key, sha256, batches, first_at
    FROM (
      SELECT e.address, e.match_key, e.sha256, count(*)::int AS batches,
             min(coalesce(b.at, ${scope.occurredAt}::timestamptz)) AS first_at
      FROM (SELECT DISTINCT list_id, batch, address, match_key, sha256 FROM entry
            WHERE list_id = ANY(${scope.listIds})) e
      JOIN batch b ON b.list_id = e.list_id AND b.no = e.batch
      GROUP BY e.address, e.match_key, e.sha256
    ) distinct_addresses`
  await tx.$executeRaw`ANALYZE exposed`
  return rows
}

/** One row per (exposed address, account), equal or alias-equivalent; `hit` on this connection. */
export async function matchAccounts(tx: Tx): Promise<number> {
  const byKey = await tx.$executeRaw`
    CREATE TEMP TABLE hit ON COMMIT DROP AS
    SELECT x.no AS exposed_no, a.no AS account_no, a.address = x.address AS equal, x.batches, x.first_at
    FROM exposed x JOIN account a ON a.match_key = x.match_key`
  const [hashes] = await tx.$queryRaw<{ some: boolean }[]>`
    SELECT EXISTS (SELECT FROM exposed WHERE sha256 IS NOT NULL) AS some`
  if (!hashes?.some) return byKey
  const byHash = await tx.$executeRaw`
    INSERT INTO hit
    SELECT x.no, a.no, true, x.batches, x.first_at
    FROM exposed x JOIN account a ON encode(sha256(convert_to(a.address, 'UTF8')), 'hex') = x.sha256`
  return byKey + byHash
}

/** One row of evidence per matched account; `evidence` on this connection. Source of design §3. */
export async function gatherEvidence(tx: Tx, scope: Scope, cuts: Cuts): Promise<number> {
  await tx.$executeRaw`ANALYZE hit`
  await tx.$executeRaw`
    CREATE TEMP TABLE excluded ON COMMIT DROP AS
    SELECT a.no FROM account a WHERE a.id = ANY(${scope.exclude}::text[])`
  return tx.$executeRaw`
    CREATE TEMP TABLE evidence ON COMMIT DROP AS
    WITH matched AS (
      SELECT account_no, bool_or(equal) AS equal, sum(batches)::int AS batches, min(first_at) AS first_at
      FROM hit WHERE NOT EXISTS (SELECT FROM excluded x WHERE x.no = hit.account_no) GROUP BY account_no
    ), hostile AS (
      SELECT account_no, count(*)::int AS attempts,
             (count(*) FILTER (WHERE succeeded))::int AS successes,
             count(DISTINCT ip)::int AS sources, max(at) AS last_at
      FROM attempt WHERE hostile AND account_no IS NOT NULL AND at >= ${scope.windowStart} GROUP BY account_no
    )
    SELECT facts.*, ${packedKind(cuts)} AS kind FROM (
    SELECT m.account_no, m.equal, m.batches, m.first_at, a.balance AS value,
           split_part(a.address, '@', 2) AS domain,
           CASE WHEN a.second_factors IS NULL THEN 'unknown'
                WHEN cardinality(a.second_factors) > 0 THEN 'present' ELSE 'absent' END AS second_factor,
           CASE WHEN a.balance IS NULL THEN 'unknown' WHEN a.balance > 0 THEN 'nonzero' ELSE 'zero' END AS balance,
           coalesce(h.attempts, 0) AS attempts, coalesce(h.successes, 0) AS successes,
           coalesce(h.sources, 0) AS sources, h.last_at,
           coalesce(a.password_changed_at > m.first_at, false) AS password_changed,
           EXISTS (SELECT FROM reset r WHERE r.account_no = m.account_no
                   AND r.status <> 'cancelled' AND r.ordered_at > m.first_at) AS reset_since
    FROM matched m
    JOIN account a ON a.no = m.account_no
    LEFT JOIN hostile h ON h.account_no = m.account_no) facts`
}

export type Cuts = Record<NumericFact, number[]>

const bucket = (count: string, cut: readonly number[]) =>
  Sql.sql`width_bucket(${Sql.raw(count)}, ${cut}::int[])`

/**
 * The kind of an account as one number (mixed radix over its facts), so that a million accounts find
 * their verdict by comparing integers. Two accounts share it exactly when no cut divides them.
 */
const packedKind = (cuts: Cuts) => Sql.sql`
  (((((((equal::int * 2 + password_changed::int) * 2 + reset_since::int) * 3
    + CASE second_factor WHEN 'present' THEN 0 WHEN 'absent' THEN 1 ELSE 2 END) * 3
    + CASE balance WHEN 'zero' THEN 0 WHEN 'nonzero' THEN 1 ELSE 2 END)
    * ${cuts.hostileAttempts.length + 1}::bigint + ${bucket('attempts', cuts.hostileAttempts)})
    * ${cuts.hostileSuccesses.length + 1}::bigint + ${bucket('successes', cuts.hostileSuccesses)})
    * ${cuts.hostileSources.length + 1}::bigint + ${bucket('sources', cuts.hostileSources)})
    * ${cuts.batches.length + 1}::bigint + ${bucket('batches', cuts.batches)}`

export type KindRow = {
  equal: boolean
  second_factor: Evidence['secondFactor']
  balance: Evidence['balance']
  password_changed: boolean
  reset_since: boolean
  attempts_kind: number
  successes_kind: number
  sources_kind: number
  batches_kind: number
}

export type PackedKind = KindRow & { packed: bigint }

/** The distinct sets of facts among the evidence: a few dozen, however many accounts there are. */
export const distinctKinds = (tx: Tx, cuts: Cuts): Promise<PackedKind[]> =>
  tx.$queryRaw<PackedKind[]>`
    SELECT kind AS packed, bool_and(equal) AS equal, min(second_factor) AS second_factor,
           min(balance) AS balance, bool_and(password_changed) AS password_changed,
           bool_and(reset_since) AS reset_since,
           min(${bucket('attempts', cuts.hostileAttempts)}) AS attempts_kind,
           min(${bucket('successes', cuts.hostileSuccesses)}) AS successes_kind,
           min(${bucket('sources', cuts.hostileSources)}) AS sources_kind,
           min(${bucket('batches', cuts.batches)}) AS batches_kind
    FROM evidence GROUP BY kind ORDER BY kind`

export type JudgedKind<Kind extends KindRow = KindRow> = {
  no: number
  kind: Kind
  evidence: Evidence
  verdict: Verdict
}

export async function insertVerdicts(tx: Tx, sweepId: string, judged: readonly JudgedKind[]) {
  await tx.verdict.createMany({
    data: judged.map(({ no, evidence, verdict }) => ({ sweepId, no, facts: evidence, ...verdict })),
  })
}

/**
 * Writes one action per account, ordered by score, then value (unknown first), then account, and
 * returns how many there are. Set-based: the judgements join the evidence on their kind.
 */
export async function insertActions(
  tx: Tx,
  sweepId: string,
  judged: readonly JudgedKind<PackedKind>[],
): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO action (sweep_id, seq, account_no, verdict_no, batches, first_exposed_at,
                        hostile_attempts, hostile_successes, hostile_sources, last_hostile_at)
    SELECT ${sweepId}, row_number() OVER (ORDER BY v.score DESC, e.value DESC NULLS FIRST, e.account_no),
           e.account_no, v.no, e.batches, e.first_at, e.attempts, e.successes, e.sources, e.last_at
    FROM evidence e
    JOIN unnest(${judged.map(({ kind }) => kind.packed)}::bigint[], ${judged.map(({ no }) => no)}::int[],
                ${judged.map(({ verdict }) => verdict.score)}::int[]) AS v(kind, no, score)
      ON v.kind = e.kind`
}

/**
 * How many mails the plan would send over each lane, or to each domain that has none yet; of those
 * that say they take no mail (RFC 7505) none. Read from the evidence on this connection.
 */
export const countMails = (
  tx: Tx,
  judged: readonly JudgedKind<PackedKind>[],
): Promise<CountedMails[]> =>
  tx.$queryRaw<CountedMails[]>`
    SELECT d.lane, CASE WHEN d.lane IS NULL THEN x.domain END AS domain, sum(x.mails)::int AS mails,
           min(l.rate) AS rate, min(l.connections) AS connections
    FROM (SELECT e.domain, sum(v.mails) AS mails FROM evidence e
          JOIN unnest(${judged.map(({ kind }) => kind.packed)}::bigint[],
                      ${judged.map(({ verdict }) => mailsOf(verdict))}::int[]) AS v(kind, mails) ON v.kind = e.kind
          WHERE v.mails > 0 GROUP BY e.domain) x
    LEFT JOIN mail_domain d ON d.domain = x.domain
    LEFT JOIN mail_lane l ON l.lane = d.lane
    WHERE coalesce(d.takes_mail, true)
    GROUP BY 1, 2`

const DOMAINS_ASKED = 5_000

/** Domains on these lists whose lane is not known (any more), those of the most addresses, up to 5,000. */
export async function unsortedDomains(tx: Tx, listIds: string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ domain: string }[]>`
    SELECT x.domain FROM (
      SELECT split_part(address, '@', 2) AS domain, count(*) AS addresses FROM entry
      WHERE list_id = ANY(${listIds}) AND address IS NOT NULL GROUP BY 1) x
    WHERE NOT EXISTS (SELECT FROM mail_domain d WHERE d.domain = x.domain AND d.expires_at > now())
    ORDER BY x.addresses DESC, x.domain LIMIT ${DOMAINS_ASKED}`
  return rows.map(({ domain }) => domain)
}

/** The last action whose verdict holds value; 0 when none does. */
export async function holdsUntil(tx: Tx, sweepId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ seq: number }[]>`
    SELECT coalesce(max(a.seq), 0)::int AS seq FROM action a
    JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
    WHERE a.sweep_id = ${sweepId} AND 'hold' = ANY(v.effects)`
  return row?.seq ?? 0
}

/** Stores the chunks with the digest of their actions. */
export async function insertChunks(
  tx: Tx,
  sweepId: string,
  ranges: readonly ChunkRange[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO chunk (sweep_id, no, phase, first_seq, last_seq, digest)
    SELECT ${sweepId}, c.no, c.phase, c.first_seq, c.last_seq,
           (SELECT encode(sha256(convert_to(string_agg(
                     a.seq || ' ' || a.account_no || ' ' || a.verdict_no, E'\n' ORDER BY a.seq), 'UTF8')), 'hex')
            FROM action a WHERE a.sweep_id = ${sweepId} AND a.seq BETWEEN c.first_seq AND c.last_seq)
    FROM unnest(${ranges.map((_, index) => index + 1)}::int[], ${ranges.map((r) => r.phase)}::text[],
                ${ranges.map((r) => r.firstSeq)}::int[], ${ranges.map((r) => r.lastSeq)}::int[])
         AS c(no, phase, first_seq, last_seq)`
}

export async function exposureCounts(tx: Tx, listIds: string[]): Promise<ExposureCounts> {
  const [row] = await tx.$queryRaw<[ExposureCounts]>`
    SELECT l.entries, l.entries - l.rejected - x.addresses AS duplicates, l.rejected,
           l.rejected + x.addresses AS exposed, h.matched, x.addresses - h.matched AS unknown,
           (SELECT count(DISTINCT hit.account_no)::int FROM hit JOIN excluded e ON e.no = hit.account_no) AS excluded
    FROM (SELECT sum(entries)::int AS entries, sum(rejected)::int AS rejected FROM list
          WHERE id = ANY(${listIds})) l,
         (SELECT count(*)::int AS addresses FROM exposed) x,
         (SELECT count(DISTINCT exposed_no)::int AS matched FROM hit) h`
  return row
}

export type PlanCounts = {
  accounts: number
  equivalent: number
  byTier: Record<string, number>
  byOutcome: Record<string, number>
  /** Accounts per score band of ten: [0–9, …, 90–99, 100]. */
  histogram: number[]
}

/** One grouped pass over the actions, folded by verdict. */
export const actionsPerVerdict = (tx: Tx, sweepId: string) =>
  tx.$queryRaw<{ verdict_no: number; accounts: number }[]>`
    SELECT verdict_no, count(*)::int AS accounts FROM action WHERE sweep_id = ${sweepId} GROUP BY verdict_no`

export async function directorySize(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ size: number }[]>`SELECT count(*)::int AS size FROM account`
  return row?.size ?? 0
}
