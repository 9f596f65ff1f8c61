import { Sql, type Tx } from '../../platform/db.js'
import type { Combination } from './canary.js'

export type StoredRun = {
  sweepId: string
  policy: unknown
  seeds: string[]
  planned: number
  mailRevision: string
  begunSecondsAgo: number
}

export type NewRun = Pick<StoredRun, 'sweepId' | 'seeds' | 'planned' | 'mailRevision'> & {
  policy: object
}

/** A plan that is made a second time, because its planner died, replaces what the first one wrote. */
export const insertRun = (tx: Tx, run: NewRun): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO mail_run (sweep_id, policy, seeds, planned, mail_revision)
    VALUES (${run.sweepId}, ${JSON.stringify(run.policy)}::jsonb, ${run.seeds}::text[], ${run.planned}, ${run.mailRevision})
    ON CONFLICT (sweep_id) DO UPDATE SET policy = EXCLUDED.policy, seeds = EXCLUDED.seeds,
      planned = EXCLUDED.planned, mail_revision = EXCLUDED.mail_revision
    WHERE mail_run.begun_at IS NULL`

export const beginRun = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`UPDATE mail_run SET begun_at = now() WHERE sweep_id = ${sweepId} AND begun_at IS NULL`

export async function activeRuns(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ sweepId: string }[]>`
    SELECT sweep_id AS "sweepId" FROM mail_run
    WHERE begun_at IS NOT NULL AND ended_at IS NULL ORDER BY begun_at, sweep_id`
  return rows.map(({ sweepId }) => sweepId)
}

/** Takes the run for this transaction, unless somebody else is at it. */
export async function takeRun(tx: Tx, sweepId: string): Promise<StoredRun | undefined> {
  const [run] = await tx.$queryRaw<StoredRun[]>`
    SELECT sweep_id AS "sweepId", policy, seeds, planned, mail_revision AS "mailRevision",
      extract(epoch FROM now() - begun_at)::float8 AS "begunSecondsAgo"
    FROM mail_run WHERE sweep_id = ${sweepId} AND begun_at IS NOT NULL AND ended_at IS NULL
    FOR UPDATE SKIP LOCKED`
  return run
}

/** Whether mail of the sweep may leave, whatever its lane. */
export async function isOpen(tx: Tx, sweepId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ open: boolean }[]>`
    SELECT mail_may_leave(${sweepId}, NULL) AS open`
  return row?.open ?? false
}

/** What waves are made of; the mail that follows a person's act is in none that matters. */
const MASS = Sql.sql`m.purpose IN ('reset', 'notice', 'hold') AND m.round = 0`

/** Staged and in no wave yet, counted up to `most`. */
export async function countWaiting(tx: Tx, sweepId: string, most: number): Promise<number> {
  const [row] = await tx.$queryRaw<[{ waiting: number }]>`
    SELECT count(*)::int AS waiting FROM (
      SELECT FROM mail WHERE sweep_id = ${sweepId} AND status = 'staged' AND wave IS NULL
      ORDER BY no LIMIT ${most}) counted`
  return row.waiting
}

/** Whether any mail of the sweep has no lane yet. */
export async function hasUnsorted(tx: Tx, sweepId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`
    SELECT FROM mail WHERE sweep_id = ${sweepId} AND status = 'staged' AND wave IS NULL AND lane IS NULL
    ORDER BY no LIMIT 1`
  return rows.length > 0
}

export type StoredWave = {
  no: number
  mails: number
  releasedSecondsAgo: number
  endedSecondsAgo: number | null
  isVerified: boolean
  wasStopped: boolean
  bounces: number
  firstNo: bigint
  lastNo: bigint
}

/** The waves in order. A hard bounce is a refusal in a server's words: those begin with a 5. */
export const wavesOf = (tx: Tx, sweepId: string): Promise<StoredWave[]> =>
  tx.$queryRaw<StoredWave[]>`
    SELECT w.no::int AS no, w.mails, w.first_no AS "firstNo", w.last_no AS "lastNo",
      extract(epoch FROM now() - w.released_at)::float8 AS "releasedSecondsAgo",
      extract(epoch FROM now() - w.ended_at)::float8 AS "endedSecondsAgo",
      w.verified_at IS NOT NULL AS "isVerified", w.stopped_at IS NOT NULL AS "wasStopped",
      coalesce(r.bounces, 0) AS bounces
    FROM mail_wave w
    LEFT JOIN (SELECT m.wave, count(*)::int AS bounces FROM mail m
               WHERE m.sweep_id = ${sweepId} AND m.status = 'rejected' AND m.reply LIKE '5%' AND ${MASS}
               GROUP BY m.wave) r ON r.wave = w.no
    WHERE w.sweep_id = ${sweepId} ORDER BY w.no`

const inWave = (sweepId: string, { no }: Pick<StoredWave, 'no'>) =>
  Sql.sql`m.sweep_id = ${sweepId} AND m.wave = ${no} AND ${MASS}`

export type Open = { hasUntried: boolean; hasRetrying: boolean; isHalfAnswered: boolean }

/**
 * What is open of a wave. The mails that nobody tried are counted only where half of them matters.
 * The order makes the index of open mail the only way to look: a guess that most mail is open, true
 * when it was made, would read the whole table once it is not.
 */
export async function openOf(
  tx: Tx,
  sweepId: string,
  wave: StoredWave,
  countsHalf: boolean,
): Promise<Open> {
  const half = Math.floor(wave.mails / 2)
  const open = (which: Sql.Sql, most: number) => Sql.sql`
    SELECT m.no FROM mail m WHERE ${inWave(sweepId, wave)} AND m.status IN ('staged', 'sending') AND ${which}
    ORDER BY m.no LIMIT ${most}`
  const untried = Sql.sql`(m.status = 'sending' OR m.attempts = 0)`
  const [row] = await tx.$queryRaw<[Open]>`
    SELECT EXISTS (${open(untried, 1)}) AS "hasUntried",
      EXISTS (${open(Sql.sql`m.status = 'staged' AND m.attempts > 0`, 1)}) AS "hasRetrying",
      ${countsHalf}::boolean AND
        (SELECT count(*) FROM (${open(untried, half + 1)}) counted) <= ${half} AS "isHalfAnswered"`
  return row
}

/** How many mails of a wave were answered for, counted up to `most` from its head. */
export async function countAnswered(
  tx: Tx,
  sweepId: string,
  wave: StoredWave,
  most: number,
): Promise<number> {
  const [row] = await tx.$queryRaw<[{ answered: number }]>`
    SELECT count(*)::int AS answered FROM (
      SELECT FROM mail m WHERE m.no BETWEEN ${wave.firstNo} AND ${wave.lastNo} AND ${inWave(sweepId, wave)}
        AND m.status IN ('accepted', 'rejected', 'unknown')
      ORDER BY m.no LIMIT ${most}) counted`
  return row.answered
}

export const combinationsOf = (tx: Tx, sweepId: string): Promise<Combination[]> =>
  tx.$queryRaw<Combination[]>`
    SELECT m.lane, a.locale, count(*)::int AS mails, min(m.no) AS riskiest
    FROM mail m JOIN account a ON a.no = m.account_no
    WHERE m.sweep_id = ${sweepId} AND m.status = 'staged' AND m.wave IS NULL
    GROUP BY m.lane, a.locale`

/** The first mails in no wave yet, in order of risk. */
export async function headOf(tx: Tx, sweepId: string, most: number): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ no: bigint }[]>`
    SELECT no FROM mail WHERE sweep_id = ${sweepId} AND status = 'staged' AND wave IS NULL
    ORDER BY no LIMIT ${most}`
  return rows.map(({ no }) => no)
}

type Released = { mails: number; firstNo: bigint; lastNo: bigint }

async function insertWave(
  tx: Tx,
  sweepId: string,
  no: number,
  which: Sql.Sql,
): Promise<Released | undefined> {
  const [released] = await tx.$queryRaw<Released[]>`
    WITH released AS (
      UPDATE mail m SET wave = ${no}
      WHERE m.sweep_id = ${sweepId} AND m.status = 'staged' AND m.wave IS NULL AND ${which}
      RETURNING m.no
    ), wave AS (
      INSERT INTO mail_wave (sweep_id, no, mails, first_no, last_no)
      SELECT ${sweepId}, ${no}, count(*)::int, min(no), max(no) FROM released HAVING count(*) > 0
      RETURNING mails, first_no, last_no
    )
    SELECT mails, first_no AS "firstNo", last_no AS "lastNo" FROM wave`
  return released
}

/** Lets these mails go as a wave. */
export const releaseThese = (tx: Tx, sweepId: string, no: number, mailNos: readonly bigint[]) =>
  insertWave(tx, sweepId, no, Sql.sql`m.no = ANY(${mailNos}::bigint[])`)

/** Lets the next `mails` go as a wave, in order of risk: all up to the number of the last of them. */
export const releaseNext = (tx: Tx, sweepId: string, no: number, mails: number) =>
  insertWave(
    tx,
    sweepId,
    no,
    Sql.sql`m.no <= coalesce(
      (SELECT n.no FROM mail n WHERE n.sweep_id = ${sweepId} AND n.status = 'staged' AND n.wave IS NULL
       ORDER BY n.no OFFSET ${mails - 1} LIMIT 1), 9223372036854775807)`,
  )

export const endWave = (tx: Tx, sweepId: string, no: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_wave SET ended_at = now() WHERE sweep_id = ${sweepId} AND no = ${no} AND ended_at IS NULL`

export const verifyWave = (tx: Tx, sweepId: string, no: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_wave SET ended_at = coalesce(ended_at, now()), verified_at = now()
    WHERE sweep_id = ${sweepId} AND no = ${no} AND verified_at IS NULL`

export const stopWave = (tx: Tx, sweepId: string, no: number, reason: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_wave SET stopped_at = now(), stop_reason = ${reason}
    WHERE sweep_id = ${sweepId} AND no = ${no}`

/** The mailer that people are asked to agree to by opening the valve. */
export const adoptMailer = (tx: Tx, sweepId: string, mailRevision: string): Promise<number> =>
  tx.$executeRaw`UPDATE mail_run SET mail_revision = ${mailRevision} WHERE sweep_id = ${sweepId}`

export const endRun = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`UPDATE mail_run SET ended_at = now() WHERE sweep_id = ${sweepId}`

/** The purposes that a wave holds. */
export async function purposesOf(tx: Tx, sweepId: string, wave: StoredWave): Promise<string[]> {
  const rows = await tx.$queryRaw<{ purpose: string }[]>`
    SELECT DISTINCT purpose FROM mail m
    WHERE m.no BETWEEN ${wave.firstNo} AND ${wave.lastNo} AND ${inWave(sweepId, wave)} ORDER BY purpose`
  return rows.map(({ purpose }) => purpose)
}

export async function heldBack(
  tx: Tx,
  sweepId: string,
): Promise<{ mails: number; stopped: string | null }> {
  const [row] = await tx.$queryRaw<[{ mails: number; stopped: string | null }]>`
    SELECT (SELECT count(*)::int FROM mail WHERE sweep_id = ${sweepId} AND status = 'staged'
            AND wave IS NULL) AS mails,
      (SELECT reason FROM valve WHERE scope = ${`sweep:${sweepId}`} AND state = 'closed') AS stopped`
  return row
}
