import type { PlanStep } from '../../contract/sweeps.js'
import type { Tx } from '../../platform/db.js'
import type { Evidence } from '../../scoring/evidence.js'
import type { Outcome } from '../decide.js'
import { PLAN_ATTEMPTS } from '../state.js'

export type ChunkToRun = {
  no: number
  phase: 'hold' | 'canary' | 'act'
  firstSeq: number
  lastSeq: number
  digest: string
}

/**
 * Takes a chunk for this transaction and marks it done. It holds the sweep's lock shared, so that
 * whoever stops the sweep can wait until nothing is in flight. Nothing is taken while the sweep is
 * not running, an earlier phase is unfinished, or the chunk was done by somebody else.
 */
export async function takeChunk(
  tx: Tx,
  sweepId: string,
  no: number,
): Promise<ChunkToRun | undefined> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(hashtextextended(${sweepId}, 0))`
  const [chunk] = await tx.$queryRaw<ChunkToRun[]>`
    UPDATE chunk c SET done_at = clock_timestamp() WHERE c.sweep_id = ${sweepId} AND c.no = ${no} AND c.done_at IS NULL
      AND EXISTS (SELECT FROM sweep s WHERE s.id = c.sweep_id AND s.status = 'running')
      AND NOT EXISTS (SELECT FROM chunk e WHERE e.sweep_id = c.sweep_id AND e.done_at IS NULL
                      AND e.no < c.no AND e.phase <> c.phase)
    RETURNING no, phase, first_seq AS "firstSeq", last_seq AS "lastSeq", digest`
  return chunk
}

export type ActionToRun = {
  accountNo: bigint
  accountId: string
  verdictNo: number
  secondFactorNow: Evidence['secondFactor']
  resetSincePlan: boolean
}

/**
 * A chunk's actions in order, with the facts that may have moved since they were planned. A reset
 * counts from when planning began, by the database's clock: its evidence is no younger than that.
 */
export const actionsOf = (tx: Tx, sweepId: string, chunk: ChunkToRun): Promise<ActionToRun[]> =>
  tx.$queryRaw<ActionToRun[]>`
    SELECT a.account_no AS "accountNo", c.id AS "accountId", a.verdict_no AS "verdictNo",
           CASE WHEN c.second_factors IS NULL THEN 'unknown'
                WHEN cardinality(c.second_factors) > 0 THEN 'present' ELSE 'absent' END AS "secondFactorNow",
           EXISTS (SELECT FROM reset r WHERE r.account_no = a.account_no AND r.status <> 'cancelled'
                   AND r.ordered_at > s.created_at) AS "resetSincePlan"
    FROM action a
    JOIN sweep s ON s.id = a.sweep_id
    JOIN account c ON c.no = a.account_no
    WHERE a.sweep_id = ${sweepId} AND a.seq BETWEEN ${chunk.firstSeq} AND ${chunk.lastSeq}
    ORDER BY a.seq`

/** The digest of a chunk's actions as they are stored now; equal to the plan's unless tampered with. */
export async function digestOf(
  tx: Tx,
  sweepId: string,
  chunk: ChunkToRun,
): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ digest: string }[]>`
    SELECT encode(sha256(convert_to(string_agg(
             seq || ' ' || account_no || ' ' || verdict_no, E'\n' ORDER BY seq), 'UTF8')), 'hex') AS digest
    FROM action WHERE sweep_id = ${sweepId} AND seq BETWEEN ${chunk.firstSeq} AND ${chunk.lastSeq}`
  return row?.digest
}

export type OutcomeRow = { accountNo: bigint; outcome: Outcome; reason: string | null }

export async function insertOutcomes(
  tx: Tx,
  sweepId: string,
  rows: readonly OutcomeRow[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO outcome (sweep_id, account_no, outcome, reason)
    SELECT ${sweepId}, * FROM unnest(${rows.map((r) => r.accountNo)}::bigint[],
      ${rows.map((r) => r.outcome)}::text[], ${rows.map((r) => r.reason)}::text[])`
}

/**
 * Chunks that may run now: the undone ones of the earliest unfinished phase of a running sweep.
 * `opensPhase` marks the first chunk of its phase.
 */
export const dueChunks = (tx: Tx, sweepId: string) =>
  tx.$queryRaw<{ no: number; opensPhase: boolean }[]>`
    SELECT c.no, NOT EXISTS (SELECT FROM chunk e WHERE e.sweep_id = c.sweep_id AND e.phase = c.phase AND e.no < c.no)
           AS "opensPhase"
    FROM chunk c JOIN sweep s ON s.id = c.sweep_id
    WHERE s.id = ${sweepId} AND s.status = 'running' AND c.done_at IS NULL
      AND c.phase = (SELECT phase FROM chunk WHERE sweep_id = s.id AND done_at IS NULL ORDER BY no LIMIT 1)
    ORDER BY c.no`

/** Finishes a sweep whose every chunk is done, in one statement. */
export const finishSweep = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep SET status = 'finished', finished_at = clock_timestamp()
    WHERE id = ${sweepId} AND status = 'running'
      AND NOT EXISTS (SELECT FROM chunk WHERE sweep_id = ${sweepId} AND done_at IS NULL)`

export async function noteFailure(
  tx: Tx,
  sweepId: string,
  no: number,
  failure: string,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ failures: number }[]>`
    UPDATE chunk SET failures = failures + 1, last_failure = ${failure}
    WHERE sweep_id = ${sweepId} AND no = ${no} AND done_at IS NULL RETURNING failures`
  return row?.failures ?? 0
}

export const runningSweeps = (tx: Tx) =>
  tx.sweep.findMany({ where: { status: 'running' }, select: { id: true } })

/** Sweeps whose last planner died too: nobody holds the lock that every planner holds. */
export const abandonedPlans = (tx: Tx) =>
  tx.$queryRaw<{ id: string }[]>`
    UPDATE sweep SET status = 'failed', status_reason = 'the process that planned it died, ' || plan_attempts || ' times'
    WHERE id IN (SELECT id FROM sweep WHERE status = 'planning' AND plan_attempts >= ${PLAN_ATTEMPTS}
                 AND created_at < now() - interval '30 seconds' FOR UPDATE SKIP LOCKED)
      AND pg_try_advisory_xact_lock(hashtextextended(id, 0))
    RETURNING id`

/** Whether a chunk of the sweep is being run at this moment: it holds this lock shared. */
export async function isInFlight(tx: Tx, sweepId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ free: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${sweepId}, 0)) AS free`
  return !row?.free
}

export type PlanStepTaken = { step: PlanStep; beganAt: string; rows?: number }

export type Progress = {
  /** Steps of the plan that is being made. */
  planning: PlanStepTaken[] | null
  status: string
  statusReason: string | null
  chunks: number
  chunksDone: number
  holdsDone: boolean
  accounts: number
  accountsDone: number
}

export async function progress(tx: Tx, sweepId: string): Promise<Progress | undefined> {
  const [row] = await tx.$queryRaw<Progress[]>`
    SELECT s.status, s.status_reason AS "statusReason", c.*,
           CASE WHEN s.status = 'planning' THEN s.plan_steps END AS planning,
           coalesce((s.counts->>'accounts')::int, 0) AS accounts
    FROM sweep s, LATERAL (
      SELECT count(*)::int AS chunks, (count(done_at))::int AS "chunksDone",
             coalesce(bool_and(done_at IS NOT NULL) FILTER (WHERE phase = 'hold'), true) AS "holdsDone",
             coalesce(sum(last_seq - first_seq + 1) FILTER (WHERE phase <> 'hold' AND done_at IS NOT NULL), 0)::int
               AS "accountsDone"
      FROM chunk WHERE sweep_id = s.id) c
    WHERE s.id = ${sweepId}`
  return row
}
