import { recordEach } from '../../audit/service.js'
import { KEEP_PLANS, Sql, type Tx } from '../../platform/db.js'
import type { SeenCase } from '../view.js'

/** The value itself stays in the database: people see how it compares with the limit. */
const BAND = (above: string) => Sql.sql`
  CASE WHEN a.balance IS NULL THEN 'unknown' WHEN a.balance = 0 THEN 'zero'
       WHEN a.balance > ${above}::numeric THEN 'above_limit' ELSE 'below_limit' END`

const nameOf = (column: Sql.Sql) =>
  Sql.sql`(SELECT s.name FROM staff s WHERE 'staff:' || s.id = ${column})`

/** A case `c` of an account `a` as people see it; for a statement that has both. */
export const SEEN = (above: string) => Sql.sql`
  c.no, c.id, c.account_no AS "accountNo", c.sweep_id AS "sweepId", a.id AS account, c.status, c.tier, c.rank, c.score,
  c.because, ${BAND(above)} AS band, c.opened_at AS "openedAt", c.due_at AS "dueAt", c.fence,
  CASE c.status WHEN 'snoozed' THEN c.snoozed_until END AS "snoozedUntil",
  CASE WHEN c.status = 'claimed' AND c.lease_until > now() THEN c.claimed_by END AS "heldBy",
  ${nameOf(Sql.sql`c.claimed_by`)} AS "holderName", c.lease_until AS "leaseUntil", c.decision,
  c.decision_reason AS reason, c.note, c.proposed_by AS "proposedBy", ${nameOf(Sql.sql`c.proposed_by`)} AS "proposerName",
  c.decided_by AS "decidedBy", ${nameOf(Sql.sql`c.decided_by`)} AS "deciderName", c.decided_at AS "decidedAt",
  c.escalated_by AS "escalatedBy", ${nameOf(Sql.sql`c.escalated_by`)} AS "escalatorName", c.escalated_at AS "escalatedAt",
  now() AS now`

/** The order of the queue, as the indexes on it and a row comparison need it. */
const PLACE = Sql.sql`c.rank, (c.escalated_at IS NULL), (-c.score), (coalesce(-c.value, -1e25)), c.due_at, c.no`

/** Where a case stands in the queue; as text, so that nothing is rounded. */
export type Place = {
  rank: string
  calm: boolean
  score: string
  value: string
  dueAt: string
  no: string
}

export async function placeOf(tx: Tx, no: bigint): Promise<Place | undefined> {
  const [place] = await tx.$queryRaw<Place[]>`
    SELECT c.rank::text AS rank, c.escalated_at IS NULL AS calm, (-c.score)::text AS score, coalesce(-c.value, -1e25)::text AS value,
           c.due_at::text AS "dueAt", c.no::text AS no
    FROM review_case c WHERE c.no = ${no}`
  return place
}

const behind = ({ rank, calm, score, value, dueAt, no }: Place) => Sql.sql`
  (${PLACE}) > (${rank}::smallint, ${calm}::boolean, ${score}::int, ${value}::numeric, ${dueAt}::timestamptz, ${no}::bigint)`

export type CaseFilter = {
  status?: string | undefined
  tier?: string | undefined
  /** Only what is escalated. */
  escalated?: boolean
}

/** Only what is asked for stands in the statement: each filter then finds its index. */
export const list = (
  tx: Tx,
  page: CaseFilter & { after: Place | undefined; take: number; above: string },
): Promise<SeenCase[]> => {
  const conditions = [
    Sql.sql`true`,
    ...(page.status === undefined ? [] : [Sql.sql`c.status = ${page.status}`]),
    ...(page.tier === undefined ? [] : [Sql.sql`c.tier = ${page.tier}`]),
    ...(page.escalated ? [Sql.sql`c.escalated_at IS NOT NULL`] : []),
    ...(page.after === undefined ? [] : [behind(page.after)]),
  ]
  return tx.$queryRaw<SeenCase[]>`
    SELECT ${SEEN(page.above)} FROM review_case c JOIN account a ON a.no = c.account_no
    WHERE ${Sql.join(conditions, ' AND ')} ORDER BY ${PLACE} LIMIT ${page.take}`
}

export async function byId(tx: Tx, id: string, above: string): Promise<SeenCase | undefined> {
  const [seen] = await tx.$queryRaw<SeenCase[]>`
    SELECT ${SEEN(above)} FROM review_case c JOIN account a ON a.no = c.account_no WHERE c.id = ${id}`
  return seen
}

/**
 * The case that somebody opens, with the audit row that says so, and how its account stands. What
 * its transaction reads after it keeps its plans: a case takes fourteen statements, of which the
 * planning of five would take most of the time.
 */
export async function openById(
  tx: Tx,
  { id, actor, above }: { id: string; actor: string; above: string },
): Promise<(SeenCase & { accountStatus: string }) | undefined> {
  const event = {
    kind: 'case.viewed' as const,
    actor,
    subject: Sql.sql`'case:' || id`,
    detail: Sql.sql`'{}'::jsonb`,
  }
  const [opened] = await tx.$queryRaw<(SeenCase & { accountStatus: string })[]>`
    WITH seen AS (
      SELECT ${SEEN(above)}, a.status AS "accountStatus", ${KEEP_PLANS} AS kept
      FROM review_case c JOIN account a ON a.no = c.account_no WHERE c.id = ${id}
    ), recorded AS (${recordEach(event, Sql.sql`seen`)})
    SELECT seen.* FROM seen`
  return opened
}

/** Other cases of the same account, the newest first. */
export const earlierOf = (
  tx: Tx,
  { no, accountNo }: { no: bigint; accountNo: bigint },
  above: string,
): Promise<SeenCase[]> =>
  tx.$queryRaw<SeenCase[]>`
    SELECT ${SEEN(above)} FROM review_case c JOIN account a ON a.no = c.account_no
    WHERE c.account_no = ${accountNo} AND c.no <> ${no} ORDER BY c.no DESC LIMIT 50`

export type Undecided = { accountNo: bigint; id: string; status: string; tier: string }

/** The most urgent undecided case of each account. */
export const undecidedOf = (tx: Tx, accountNos: readonly bigint[]): Promise<Undecided[]> =>
  tx.$queryRaw<Undecided[]>`
    SELECT DISTINCT ON (account_no) account_no AS "accountNo", id, status, tier FROM review_case
    WHERE account_no = ANY (${accountNos}::bigint[]) AND status <> 'decided'
    ORDER BY account_no, rank, score DESC`

export type SeenComment = { author: string; name: string | null; says: string; at: Date }

export const commentsOn = (tx: Tx, caseId: string): Promise<SeenComment[]> =>
  tx.$queryRaw<SeenComment[]>`
    SELECT c.author, ${nameOf(Sql.sql`c.author`)} AS name, c.says, c.at FROM case_comment c
    WHERE c.case_id = ${caseId} ORDER BY c.no LIMIT 500`

/** What the codes of a policy mean, in its own words. */
export const policySays = (tx: Tx, sweepId: string): Promise<{ code: string; says: string }[]> =>
  tx.$queryRaw`
    SELECT r->>'code' AS code, r->>'says' AS says
    FROM sweep s JOIN policy p ON p.version = s.policy_version, jsonb_array_elements(p.body->'rules') r
    WHERE s.id = ${sweepId}`
