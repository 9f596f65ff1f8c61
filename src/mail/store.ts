import { recordEach } from '../audit/service.js'
import { Sql, type Tx } from '../platform/db.js'
import type { MailPurpose, MailStatus } from './state.js'
import { ATTEMPTS_AT_MOST } from './state.js'

export type StagedMail = {
  sweepId: string
  accountNo: bigint
  purpose: MailPurpose
  resetNo: bigint | null
  /** A later mail of the same purpose in its turn; the first, 0, when left out. */
  round?: number
}

/**
 * The recipient is read from the account here and nowhere else. The mass mail of a sweep with waves
 * waits for its wave; everything else may leave at once. Returns the accounts now staged.
 */
export async function stage(tx: Tx, mails: readonly StagedMail[]): Promise<bigint[]> {
  const staged = await tx.$queryRaw<{ accountNo: bigint }[]>`
    INSERT INTO mail (sweep_id, account_no, purpose, reset_no, recipient, lane, wave, round)
    SELECT wanted.sweep_id, a.no, wanted.purpose, wanted.reset_no, a.address, d.lane,
      CASE WHEN r.sweep_id IS NULL OR wanted.purpose NOT IN ('reset', 'notice', 'hold') OR wanted.round > 0 THEN 0 END,
      wanted.round
    FROM unnest(
      ${mails.map((mail) => mail.sweepId)}::text[],
      ${mails.map((mail) => mail.accountNo)}::bigint[],
      ${mails.map((mail) => mail.purpose)}::text[],
      ${mails.map((mail) => mail.resetNo)}::bigint[],
      ${mails.map((mail) => mail.round ?? 0)}::smallint[]
    ) WITH ORDINALITY AS wanted (sweep_id, account_no, purpose, reset_no, round, position)
    JOIN account a ON a.no = wanted.account_no
    LEFT JOIN mail_domain d ON d.domain = split_part(a.address, '@', 2) AND d.expires_at > now()
    LEFT JOIN mail_run r ON r.sweep_id = wanted.sweep_id AND r.ended_at IS NULL
    ORDER BY wanted.position
    ON CONFLICT (sweep_id, account_no, purpose, round) DO NOTHING
    RETURNING account_no AS "accountNo"`
  return staged.map((row) => row.accountNo)
}

/** Takes back whatever has not had its body stamp yet; a sender that holds it gets no stamp then. */
export function withdraw(tx: Tx, sweepId: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE mail SET status = 'withdrawn', lease_owner = NULL, lease_until = NULL
    WHERE no IN (
      SELECT no FROM mail
      WHERE sweep_id = ${sweepId}
        AND (status = 'staged' OR (status = 'sending' AND body_at IS NULL))
      ORDER BY no FOR UPDATE)
      AND (status = 'staged' OR (status = 'sending' AND body_at IS NULL))`
}

export type ClaimedMail = {
  no: bigint
  id: string
  accountNo: bigint
  sweepId: string
  purpose: MailPurpose
  recipient: string
  resetNo: bigint | null
  attempts: number
  locale: string | null
  name: string | null
  phrase: string | null
  wantsLinks: boolean
  lane: string
  /** False when the domain says that it takes no mail (RFC 7505). */
  takesMail: boolean
  /** Its slot in the lane, and when the database said so, both on the database's clock. */
  slotMs: number
  saidMs: number
  /** Between two slots of the lane. */
  intervalMs: number
}

export type Claim = {
  owner: string
  lanes: readonly string[]
  limit: number
  /** How far ahead slots are taken. */
  horizonSeconds: number
  /** The part of each lane that mail of sweeps may use, up to 1. */
  bulkShare: number
}

/**
 * Takes due mails of these lanes, the most pressing first, for a lease of 60 s, each with its slot
 * in its lane, and only while the valves are open. One statement: of two senders at once each mail
 * and each slot goes to exactly one.
 */
export function claim(tx: Tx, { owner, lanes, limit, ...shares }: Claim): Promise<ClaimedMail[]> {
  return tx.$queryRaw<ClaimedMail[]>`
    SELECT m.no, m.id::text AS id, m.account_no AS "accountNo", m.sweep_id AS "sweepId", m.purpose,
      m.recipient, m.reset_no AS "resetNo", c.tried AS attempts, m.lane, a.locale, a.name,
      a.anti_phishing_phrase AS phrase, a.wants_links AS "wantsLinks",
      coalesce(d.takes_mail, true) AS "takesMail",
      (extract(epoch FROM c.slot_at) * 1000)::float8 AS "slotMs",
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "saidMs",
      1000 / c.lane_rate AS "intervalMs"
    FROM mail_claim(${owner}, ${limit}::int, ${shares.horizonSeconds}::float8, ${shares.bulkShare}::float8,
      ${lanes}::text[]) c
    JOIN mail m ON m.no = c.mail_no
    JOIN account a ON a.no = m.account_no
    LEFT JOIN mail_domain d ON d.domain = split_part(m.recipient, '@', 2)
    ORDER BY c.slot_at, m.no`
}

/**
 * Stamps the mails whose body is on its way, so that their final dot may be written. Checked and
 * done in one statement: still `sending`, still this owner's lease, valve still open. Returns the
 * numbers that were stamped; every other mail must not be completed.
 */
export async function stampBody(
  tx: Tx,
  mailNos: readonly bigint[],
  owner: string,
): Promise<bigint[]> {
  const stamped = await tx.$queryRaw<{ no: bigint }[]>`
    UPDATE mail SET body_at = now(), lease_until = now() + interval '60 seconds'
    WHERE no = ANY(${inOrder(mailNos)}::bigint[])
      AND status = 'sending' AND lease_owner = ${owner} AND lease_until > now()
      AND body_at IS NULL
      AND mail_may_leave(sweep_id, lane)
    RETURNING no`
  return stamped.map((row) => row.no)
}

/**
 * Keeps the leases of mails that are still being worked on, however slow the server is. One that is
 * being stamped or ended at this moment needs none, and is not waited for.
 */
export async function renew(tx: Tx, mailNos: readonly bigint[], owner: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE mail SET lease_until = now() + interval '60 seconds'
    WHERE no IN (
      SELECT no FROM mail
      WHERE no = ANY(${inOrder(mailNos)}::bigint[]) AND status = 'sending' AND lease_owner = ${owner}
      ORDER BY no FOR UPDATE SKIP LOCKED)`
}

export type MailResult = {
  no: bigint
  status: Exclude<MailStatus, 'sending'>
  /** What the server said, without addresses; or why nothing was sent. */
  reply: string | null
  wireSha256: string | null
  /** Before the next attempt, for `staged`. */
  waitSeconds: number
  /** False when nothing was tried, so that the attempt does not count. */
  counts: boolean
}

export type FinishedMail = {
  no: bigint
  id: string
  accountNo: bigint
  sweepId: string
  purpose: MailPurpose
  status: MailStatus
}

/** Ends this owner's work on many mails. A mail it no longer holds is left alone and not returned. */
export function finish(
  tx: Tx,
  results: readonly MailResult[],
  owner: string,
): Promise<FinishedMail[]> {
  const ordered = results.toSorted((left, right) => (left.no < right.no ? -1 : 1))
  return tx.$queryRaw<FinishedMail[]>`
    UPDATE mail m
    SET status = result.status, reply = result.reply,
      wire_sha256 = COALESCE(result.wire_sha256, m.wire_sha256),
      accepted_at = CASE WHEN result.status = 'accepted' THEN now() END,
      body_at = CASE WHEN result.status = 'staged' THEN NULL ELSE m.body_at END,
      not_before = now() + make_interval(secs => result.wait_seconds),
      attempts = m.attempts - CASE WHEN result.counts THEN 0 ELSE 1 END,
      lease_owner = NULL, lease_until = NULL
    FROM unnest(
      ${ordered.map((result) => result.no)}::bigint[],
      ${ordered.map((result) => result.status)}::text[],
      ${ordered.map((result) => result.reply)}::text[],
      ${ordered.map((result) => result.wireSha256)}::text[],
      ${ordered.map((result) => result.waitSeconds)}::int[],
      ${ordered.map((result) => result.counts)}::boolean[]
    ) AS result (no, status, reply, wire_sha256, wait_seconds, counts)
    WHERE m.no = result.no AND m.status = 'sending' AND m.lease_owner = ${owner}
    RETURNING m.no, m.id::text AS id, m.account_no AS "accountNo", m.sweep_id AS "sweepId",
      m.purpose, m.status`
}

/**
 * The same for mails that were all accepted, with their audit rows, as one statement: what happens
 * to nearly every mail costs one visit to the database for many.
 */
export function finishAccepted(
  tx: Tx,
  results: readonly Pick<MailResult, 'no' | 'reply' | 'wireSha256'>[],
  owner: string,
): Promise<FinishedMail[]> {
  const ordered = results.toSorted((left, right) => (left.no < right.no ? -1 : 1))
  return tx.$queryRaw<FinishedMail[]>`
    WITH finished AS (
      UPDATE mail m
      SET status = 'accepted', reply = result.reply, accepted_at = now(), not_before = now(),
        wire_sha256 = COALESCE(result.wire_sha256, m.wire_sha256), lease_owner = NULL, lease_until = NULL
      FROM unnest(
        ${ordered.map((result) => result.no)}::bigint[],
        ${ordered.map((result) => result.reply)}::text[],
        ${ordered.map((result) => result.wireSha256)}::text[]
      ) AS result (no, reply, wire_sha256)
      WHERE m.no = result.no AND m.status = 'sending' AND m.lease_owner = ${owner}
      RETURNING m.no, m.id::text AS id, m.account_no, m.sweep_id, m.purpose, m.status
    ), recorded AS (${recordEach(ACCEPTED, Sql.sql`finished`)})
    SELECT no, id, account_no AS "accountNo", sweep_id AS "sweepId", purpose, status FROM finished`
}

const ACCEPTED = {
  kind: 'mail.accepted',
  actor: 'cordon',
  subject: Sql.sql`'mail:' || id`,
  detail: Sql.sql`jsonb_build_object('account', account_no::text, 'sweep', sweep_id, 'purpose', purpose)`,
} as const

/**
 * More than any sender has begun at once: two for each of its connections. What it merely held when
 * it died cannot have ended it, and is not one attempt nearer to being given up.
 */
const BEGUN_AT_MOST = 40

/**
 * Settles mails whose sender vanished. Without a body stamp nothing was accepted: staged again, or
 * rejected when it was tried too often. With one it may have been: `unknown`, never sent again.
 */
export function settleExpired(tx: Tx): Promise<FinishedMail[]> {
  return tx.$queryRaw<FinishedMail[]>`
    WITH owners AS (
      SELECT DISTINCT lease_owner AS owner FROM mail WHERE status = 'sending'
    ), gone AS MATERIALIZED (
      SELECT owner FROM owners WHERE pg_try_advisory_xact_lock(hashtextextended(owner, 0))
    ), expired AS MATERIALIZED (
      SELECT no, lease_owner, body_at FROM mail
      WHERE status = 'sending' AND (lease_until < now() OR lease_owner IN (SELECT owner FROM gone))
      ORDER BY no FOR UPDATE SKIP LOCKED
    ), judged AS (
      SELECT no, body_at IS NULL
        AND row_number() OVER (PARTITION BY lease_owner ORDER BY body_at IS NULL, no) > ${BEGUN_AT_MOST} AS untouched
      FROM expired
    )
    UPDATE mail m
    SET lease_owner = NULL, lease_until = NULL,
      attempts = m.attempts - CASE WHEN judged.untouched THEN 1 ELSE 0 END,
      status = CASE WHEN m.body_at IS NOT NULL THEN 'unknown'
        WHEN m.attempts >= ${ATTEMPTS_AT_MOST} AND NOT judged.untouched THEN 'rejected' ELSE 'staged' END,
      reply = CASE WHEN m.body_at IS NOT NULL THEN 'the sender stopped before the reply'
        WHEN m.attempts >= ${ATTEMPTS_AT_MOST} AND NOT judged.untouched THEN 'given up after repeated crashes' END
    FROM judged
    WHERE m.no = judged.no
    RETURNING m.no, m.id::text AS id, m.account_no AS "accountNo", m.sweep_id AS "sweepId",
      m.purpose, m.status`
}

export function countByStatus(
  tx: Tx,
  sweepId: string,
): Promise<{ status: MailStatus; mails: number }[]> {
  return tx.$queryRaw`
    SELECT status, count(*)::int AS mails FROM mail WHERE sweep_id = ${sweepId} GROUP BY status`
}

export type MailRow = {
  no: bigint
  id: string
  sweepId: string
  accountId: string
  purpose: MailPurpose
  status: MailStatus
  attempts: number
  notBefore: Date
  acceptedAt: Date | null
  reply: string | null
  createdAt: Date
}

export type MailFilter = {
  sweepId?: string | undefined
  status?: MailStatus | undefined
  /** Only mails numbered above this one. */
  after?: bigint | undefined
  limit: number
}

export function list(tx: Tx, filter: MailFilter): Promise<MailRow[]> {
  const { sweepId = null, status = null, after = 0n, limit } = filter
  return tx.$queryRaw<MailRow[]>`
    SELECT m.no, m.id::text AS id, m.sweep_id AS "sweepId", a.id AS "accountId", m.purpose,
      m.status, m.attempts, m.not_before AS "notBefore", m.accepted_at AS "acceptedAt", m.reply,
      m.created_at AS "createdAt"
    FROM mail m JOIN account a ON a.no = m.account_no
    WHERE m.no > ${after}
      AND (${sweepId}::text IS NULL OR m.sweep_id = ${sweepId})
      AND (${status}::text IS NULL OR m.status = ${status})
    ORDER BY m.no
    LIMIT ${limit}`
}

export type SeenMail = Pick<
  MailRow,
  'id' | 'purpose' | 'status' | 'createdAt' | 'acceptedAt' | 'reply'
>

export const mailsOf = (tx: Tx, accountNo: bigint): Promise<SeenMail[]> =>
  tx.$queryRaw<SeenMail[]>`
    SELECT id::text AS id, purpose, status, created_at AS "createdAt", accepted_at AS "acceptedAt", reply
    FROM mail WHERE account_no = ${accountNo} ORDER BY no DESC LIMIT 50`

/** One order for all row locks, so that senders and a withdrawal cannot wait for each other. */
const inOrder = (mailNos: readonly bigint[]) =>
  mailNos.toSorted((left, right) => (left < right ? -1 : 1))
