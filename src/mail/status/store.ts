import type { Tx } from '../../platform/db.js'
import type { MailPurpose, MailStatus } from '../state.js'
import type { PutOff } from './deferrals.js'

export type Counted = { purpose: MailPurpose; status: MailStatus; mails: number }

/** Counts of all mail there is, from the tally: as fast with a million mails as with ten. */
export const countByPurpose = (tx: Tx): Promise<Counted[]> =>
  tx.$queryRaw<Counted[]>`
    SELECT purpose, status, sum(mails)::int AS mails FROM mail_tally
    GROUP BY purpose, status HAVING sum(mails) <> 0 ORDER BY purpose, status`

export type LaneRow = {
  /** Null for mail whose lane is not known yet. */
  lane: string | null
  rate: number | null
  rateCap: number | null
  connections: number | null
  connectionsCap: number | null
  isPaused: boolean
  /** Null while it is not paused, or is put aside for good. */
  pausedUntil: Date | null
  pausedSeconds: number
  pauseReason: string | null
  /** Released and due to leave; `held` waits for its wave. */
  waiting: number
  held: number
  sending: number
  accepted: number
}

/** Lanes with mail that has not left, or put aside; those with most of it first. */
export const openLanes = (tx: Tx, limit: number): Promise<LaneRow[]> =>
  tx.$queryRaw<LaneRow[]>`
    WITH counted AS (
      SELECT lane,
        coalesce(sum(mails) FILTER (WHERE status = 'staged' AND released), 0)::int AS waiting,
        coalesce(sum(mails) FILTER (WHERE status = 'staged' AND NOT released), 0)::int AS held,
        coalesce(sum(mails) FILTER (WHERE status = 'sending'), 0)::int AS sending,
        coalesce(sum(mails) FILTER (WHERE status = 'accepted'), 0)::int AS accepted
      FROM mail_tally GROUP BY lane)
    SELECT nullif(coalesce(c.lane, l.lane), '') AS lane, l.rate, l.rate_cap AS "rateCap", l.connections,
      l.connections_cap AS "connectionsCap", coalesce(l.paused_until > now(), false) AS "isPaused",
      CASE WHEN isfinite(l.paused_until) AND l.paused_until > now() THEN l.paused_until END AS "pausedUntil",
      CASE WHEN isfinite(l.paused_until) AND l.paused_until > now()
        THEN extract(epoch FROM l.paused_until - now())::float8 ELSE 0 END AS "pausedSeconds",
      CASE WHEN l.paused_until > now() THEN l.pause_reason END AS "pauseReason",
      coalesce(c.waiting, 0) AS waiting, coalesce(c.held, 0) AS held,
      coalesce(c.sending, 0) AS sending, coalesce(c.accepted, 0) AS accepted
    FROM counted c FULL JOIN mail_lane l ON l.lane = c.lane
    WHERE c.waiting + c.held + c.sending > 0 OR l.paused_until > now()
    ORDER BY coalesce(c.waiting + c.held + c.sending, 0) DESC, 1
    LIMIT ${limit}`

/**
 * What servers put off and said about it: by lane and words, the most frequent of both first. Words
 * were redacted when they were stored.
 */
export const putOff = (tx: Tx, limit: number): Promise<PutOff[]> =>
  tx.$queryRaw<PutOff[]>`
    SELECT lane, reply, count(*)::int AS mails, max(not_before) AS "untilAt",
      (sum(count(*)) OVER of_lane)::int AS "laneMails",
      min(min(not_before)) OVER of_lane AS "laneNextAt", max(max(not_before)) OVER of_lane AS "laneUntilAt"
    FROM mail WHERE status = 'staged' AND reply IS NOT NULL AND not_before > now()
    GROUP BY lane, reply WINDOW of_lane AS (PARTITION BY lane)
    ORDER BY mails DESC, lane, reply LIMIT ${limit}`

export type SweepRow = {
  sweepId: string
  status: string
  /** Of the sweep's waves; null where its mail does not go in waves. */
  seedMailboxes: number | null
  waiting: number
  held: number
  sending: number
  accepted: number
  rejected: number
  unknown: number
  withdrawn: number
}

/** Sweeps with mail that has not left, then those with unknown mail; each the newest first. */
export const openSweeps = (tx: Tx, limit: number): Promise<SweepRow[]> =>
  tx.$queryRaw<SweepRow[]>`
    SELECT s.id AS "sweepId", s.status,
      (SELECT cardinality(r.seeds) FROM mail_run r WHERE r.sweep_id = s.id) AS "seedMailboxes",
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'staged' AND t.released), 0)::int AS waiting,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'staged' AND NOT t.released), 0)::int AS held,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'sending'), 0)::int AS sending,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'accepted'), 0)::int AS accepted,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'rejected'), 0)::int AS rejected,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'unknown'), 0)::int AS unknown,
      coalesce(sum(t.mails) FILTER (WHERE t.status = 'withdrawn'), 0)::int AS withdrawn
    FROM mail_tally t JOIN sweep s ON s.id = t.sweep_id
    GROUP BY s.id, s.status, s.created_at
    HAVING coalesce(sum(t.mails) FILTER (WHERE t.status IN ('staged', 'sending', 'unknown')), 0) > 0
    ORDER BY coalesce(sum(t.mails) FILTER (WHERE t.status IN ('staged', 'sending')), 0) > 0 DESC,
      s.created_at DESC LIMIT ${limit}`

export type WaveRow = {
  sweepId: string
  no: number
  mails: number
  releasedAt: Date
  endedAt: Date | null
  verifiedAt: Date | null
  stoppedAt: Date | null
  stopReason: string | null
  /** Mails to our own mailboxes: on their way, received as they were sent, and neither. */
  seedsWaiting: number
  seedsGood: number
  seedsBad: number
  /** What is wrong with the first bad one. */
  seedProblem: string | null
}

/** The waves of these sweeps that were let go, in their order; none where mail does not go in waves. */
export const wavesOf = (tx: Tx, sweepIds: readonly string[]): Promise<WaveRow[]> =>
  tx.$queryRaw<WaveRow[]>`
    SELECT w.sweep_id AS "sweepId", w.no::int AS no, w.mails, w.released_at AS "releasedAt",
      w.ended_at AS "endedAt", w.verified_at AS "verifiedAt", w.stopped_at AS "stoppedAt",
      w.stop_reason AS "stopReason", coalesce(s.sent - s.good - s.bad, 0)::int AS "seedsWaiting",
      coalesce(s.good, 0)::int AS "seedsGood", coalesce(s.bad, 0)::int AS "seedsBad", s.problem AS "seedProblem"
    FROM mail_wave w
    LEFT JOIN (
      SELECT m.sweep_id, m.wave, count(*) AS sent, count(*) FILTER (WHERE c.ok) AS good,
        count(*) FILTER (WHERE NOT coalesce(c.ok, m.status <> 'rejected')) AS bad,
        min(CASE WHEN NOT c.ok THEN coalesce(c.problem, 'differs')
                 WHEN c.ok IS NULL AND m.status = 'rejected' THEN coalesce(m.reply, 'refused') END) AS problem
      FROM mail_seed m LEFT JOIN mail_seed_copy c ON c.seed_id = m.id
      WHERE m.sweep_id = ANY(${[...sweepIds]}::text[]) GROUP BY m.sweep_id, m.wave
    ) s ON s.sweep_id = w.sweep_id AND s.wave = w.no
    WHERE w.sweep_id = ANY(${[...sweepIds]}::text[]) ORDER BY w.sweep_id, w.no`

/** Adds up rows of the same key. What is counted stays the same; returns the rows there are fewer. */
export async function foldTally(tx: Tx): Promise<number> {
  const [folded] = await tx.$queryRaw<[{ fewer: number }]>`
    WITH taken AS (
      DELETE FROM mail_tally WHERE (sweep_id, lane, purpose, status, released) IN (
        SELECT sweep_id, lane, purpose, status, released FROM mail_tally GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1)
      RETURNING sweep_id, lane, purpose, status, released, mails
    ), added AS (
      INSERT INTO mail_tally (sweep_id, lane, purpose, status, released, mails)
      SELECT sweep_id, lane, purpose, status, released, sum(mails) FROM taken
      GROUP BY 1, 2, 3, 4, 5 HAVING sum(mails) <> 0
      RETURNING 1)
    SELECT ((SELECT count(*) FROM taken) - (SELECT count(*) FROM added))::int AS fewer`
  return folded.fewer
}
