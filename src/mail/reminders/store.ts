import type { Tx } from '../../platform/db.js'

/** One process at a time reminds: what it looks at is then nobody else's. Held until the commit. */
export async function takeTurn(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ taken: boolean }]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('cordon reminders', 0)) AS taken`
  return row.taken
}

export type DueReset = { resetNo: bigint; accountNo: bigint }

/** Open resets whose turn to be looked at has come, the longest waiting first. */
export const dueResets = (tx: Tx, limit: number): Promise<DueReset[]> =>
  tx.$queryRaw<DueReset[]>`
    SELECT no AS "resetNo", account_no AS "accountNo" FROM reset
    WHERE status = 'ordered' AND remind_at <= now() ORDER BY remind_at LIMIT ${limit}`

/** What holds reminders back: nothing, something that passes, or the end of the sweep. */
export type Hindrance = 'none' | 'for_now' | 'for_good'

export type OpenReset = {
  resetNo: bigint
  accountNo: bigint
  accountId: string
  /** Of the sweep, the watch action or the case that ordered it: what its mails are staged under. */
  mailKey: string | null
  /** The sweep itself, also of what its watch ordered. */
  sweepId: string | null
  reminders: number
  isUnderWay: boolean
  wasAccepted: boolean
  isRefused: boolean
  hoursSinceLast: number | null
  isHighValue: boolean
  hindrance: Hindrance
}

/**
 * These resets as far as they are still ordered, locked, with what their mails say. `textRevision`
 * is that of the texts of now: a sweep that was approved with others is not mailed by these. Nor is
 * an account that people locked: whoever took it over may read its mail.
 */
export const takeOpen = (
  tx: Tx,
  resetNos: readonly bigint[],
  { highValue, textRevision }: { highValue: string; textRevision: string },
): Promise<OpenReset[]> =>
  tx.$queryRaw<OpenReset[]>`
    WITH open AS MATERIALIZED (
      SELECT no, account_no, regexp_replace(sweep_id, '^watch:', '') AS sweep_id FROM reset
      WHERE no = ANY(${[...resetNos]}::bigint[]) AND status = 'ordered' ORDER BY no FOR UPDATE)
    SELECT o.no AS "resetNo", o.account_no AS "accountNo", a.id AS "accountId", told.key AS "mailKey",
      s.id AS "sweepId", coalesce(told.reminders, 0)::int AS reminders,
      coalesce(told.under_way, false) AS "isUnderWay", coalesce(told.accepted, false) AS "wasAccepted",
      coalesce(told.refused, false) AS "isRefused",
      (extract(epoch FROM now() - told.last_at) / 3600)::float8 AS "hoursSinceLast",
      a.balance IS NULL OR a.balance > ${highValue}::numeric AS "isHighValue",
      CASE WHEN s.status = 'aborted' THEN 'for_good'
        WHEN s.status = 'paused' OR coalesce(s.text_revision, s.mail_revision) <> ${textRevision} OR coalesce(st.locked, false)
          OR NOT mail_may_leave(coalesce(told.key, ''), told.lane) THEN 'for_now'
        ELSE 'none' END AS hindrance
    FROM open o
    JOIN account a ON a.no = o.account_no
    LEFT JOIN sweep s ON s.id = o.sweep_id
    LEFT JOIN standing st ON st.account_no = o.account_no
    LEFT JOIN LATERAL (
      SELECT (array_agg(m.sweep_id ORDER BY m.no DESC))[1] AS key, (array_agg(m.lane ORDER BY m.no DESC))[1] AS lane,
        max(m.round) FILTER (WHERE m.purpose = 'reminder') AS reminders,
        bool_or(m.status IN ('staged', 'sending')) AS under_way, bool_or(m.status = 'accepted') AS accepted,
        (array_agg(m.status = 'rejected' OR m.bounced_at IS NOT NULL ORDER BY m.no DESC))[1] AS refused,
        max(coalesce(m.accepted_at, m.body_at)) FILTER (WHERE m.status IN ('accepted', 'unknown')) AS last_at
      FROM mail m WHERE m.account_no = o.account_no AND m.reset_no = o.no AND m.purpose IN ('reset', 'reminder')
    ) told ON true
    ORDER BY o.no`

/** When each reset is looked at next; a wait of null is for ever. */
export async function lookAgain(
  tx: Tx,
  looks: readonly { resetNo: bigint; inHours: number | null }[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE reset r
    SET remind_at = coalesce(now() + make_interval(secs => look.hours * 3600), 'infinity'::timestamptz)
    FROM unnest(${looks.map(({ resetNo }) => resetNo)}::bigint[],
      ${looks.map(({ inHours }) => inHours)}::float8[]) AS look (no, hours)
    WHERE r.no = look.no AND r.status = 'ordered'`
}

export type WithdrawnReminder = { id: string; accountNo: bigint }

/** Takes back the reminders of a sweep that no server can have accepted yet. */
export const withdrawReminders = (tx: Tx, sweepId: string): Promise<WithdrawnReminder[]> =>
  tx.$queryRaw<WithdrawnReminder[]>`
    UPDATE mail SET status = 'withdrawn', lease_owner = NULL, lease_until = NULL
    WHERE no IN (
      SELECT no FROM mail
      WHERE sweep_id = ${sweepId} AND purpose = 'reminder'
        AND (status = 'staged' OR (status = 'sending' AND body_at IS NULL))
      ORDER BY no FOR UPDATE)
      AND (status = 'staged' OR (status = 'sending' AND body_at IS NULL))
    RETURNING id::text AS id, account_no AS "accountNo"`
