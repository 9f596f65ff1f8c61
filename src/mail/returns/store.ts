import type { Tx } from '../../platform/db.js'
import type { MailStatus } from '../state.js'
import type { Report } from './report.js'

/** A mail that somebody reports about, locked until the end of the transaction. */
export type ReportedMail = {
  no: bigint
  id: string
  accountNo: bigint
  sweepId: string
  purpose: string
  status: MailStatus
  recipient: string
  /** Unknown balances count as something to lose. */
  isFunded: boolean
}

export async function lockMail(tx: Tx, mailId: string): Promise<ReportedMail | undefined> {
  const [mail] = await tx.$queryRaw<ReportedMail[]>`
    SELECT m.no, m.id::text AS id, m.account_no AS "accountNo", m.sweep_id AS "sweepId", m.purpose,
      m.status, m.recipient, (a.balance IS NULL OR a.balance <> 0) AS "isFunded"
    FROM mail m JOIN account a ON a.no = m.account_no
    WHERE m.id = ${mailId}::uuid
    FOR NO KEY UPDATE OF m`
  return mail
}

/** So many reports are kept of one mail; whoever holds its address could send them for ever. */
const KEPT_AT_MOST = 20

export type NewReturn = Report & { mailNo: bigint; digest: Uint8Array<ArrayBuffer> }

/**
 * `again` says the same as an earlier one in other bytes; `known` is this very report, or one too
 * many, and was not kept. The mail must be locked.
 */
export async function insertReturn(
  tx: Tx,
  report: NewReturn,
): Promise<'first' | 'again' | 'known'> {
  const { mailNo, digest, kind, status, diagnostic } = report
  const [inserted] = await tx.$queryRaw<{ isAgain: boolean }[]>`
    INSERT INTO mail_return (mail_no, digest, kind, status, class, diagnostic)
    SELECT ${mailNo}::bigint, ${digest}::bytea, ${kind}::text, ${status}::text, ${report.class}::text, ${diagnostic}::text
    WHERE (SELECT count(*) FROM mail_return WHERE mail_no = ${mailNo}) < ${KEPT_AT_MOST}
    ON CONFLICT (mail_no, digest) DO NOTHING
    RETURNING EXISTS (SELECT FROM mail_return r WHERE r.mail_no = ${mailNo}
      AND r.kind = ${kind} AND r.class IS NOT DISTINCT FROM ${report.class}::text) AS "isAgain"`
  if (!inserted) return 'known'
  return inserted.isAgain ? 'again' : 'first'
}

/** The first report of a failure stays. */
export async function markBounced(tx: Tx, mailNo: bigint, report: Report): Promise<void> {
  await tx.$executeRaw`
    UPDATE mail SET bounced_at = now(), bounce_status = ${report.status}, bounce_class = ${report.class}
    WHERE no = ${mailNo} AND bounced_at IS NULL`
}

export async function markComplained(tx: Tx, mailNo: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE mail SET complained_at = now() WHERE no = ${mailNo} AND complained_at IS NULL`
}

export type Returns = { accepted: number; failed: number; complained: number }

export async function countReturns(tx: Tx, sweepId: string, wave: number): Promise<Returns> {
  const [counted] = await tx.$queryRaw<Returns[]>`
    SELECT count(*) FILTER (WHERE status = 'accepted')::int AS accepted,
      count(bounced_at)::int AS failed, count(complained_at)::int AS complained
    FROM mail WHERE sweep_id = ${sweepId} AND wave = ${wave}::smallint`
  return counted ?? { accepted: 0, failed: 0, complained: 0 }
}

/** A mail that went to this seed mailbox and may have left. */
export async function lockSeedMail(
  tx: Tx,
  mailId: string,
  seed: string,
): Promise<{ sweepId: string } | undefined> {
  const [mail] = await tx.$queryRaw<{ sweepId: string }[]>`
    SELECT sweep_id AS "sweepId" FROM mail_seed
    WHERE id = ${mailId}::uuid AND recipient = ${seed} AND status IN ('sending', 'accepted', 'unknown')
    FOR NO KEY UPDATE`
  return mail
}

/** Keeps the first copy, and over it the first bad one. False when that changes nothing. */
export async function keepSeedCopy(
  tx: Tx,
  seedId: string,
  problem: string | null,
): Promise<boolean> {
  const kept = await tx.$executeRaw`
    INSERT INTO mail_seed_copy AS c (seed_id, ok, problem) VALUES (${seedId}::uuid, ${problem === null}, ${problem})
    ON CONFLICT (seed_id) DO UPDATE SET ok = false, problem = excluded.problem, received_at = now()
    WHERE c.ok AND NOT excluded.ok`
  return kept > 0
}

export type SeedCopy = { mailId: string; receivedAt: Date; ok: boolean; problem: string | null }

export const seedCopies = (tx: Tx, mailIds: readonly string[]): Promise<SeedCopy[]> =>
  tx.$queryRaw<SeedCopy[]>`
    SELECT seed_id::text AS "mailId", received_at AS "receivedAt", ok, problem
    FROM mail_seed_copy WHERE seed_id = ANY (${mailIds}::uuid[])`

/** Adds to what the intake did not keep, by reason. One order for all, so that two cannot deadlock. */
export async function addRefused(
  tx: Tx,
  refused: readonly (readonly [string, number])[],
): Promise<void> {
  const ordered = refused.toSorted(([left], [right]) => (left < right ? -1 : 1))
  await tx.$executeRaw`
    INSERT INTO mail_intake AS i (reason, messages)
    SELECT * FROM unnest(${ordered.map(([reason]) => reason)}::text[],
      ${ordered.map(([, messages]) => messages)}::bigint[])
    ON CONFLICT (reason) DO UPDATE SET messages = i.messages + excluded.messages`
}
