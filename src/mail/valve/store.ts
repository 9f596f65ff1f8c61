import { Sql, type Tx } from '../../platform/db.js'
import type { ValveState } from '../valve.js'

export type StoredValve = {
  state: ValveState
  reason: string
  changedBy: string
  changedAt: Date
  /** Somebody asked for the valve to be opened, and a second person may still do it. */
  opening: { askedBy: string; reason: string; askedAt: Date; lapsesAt: Date } | null
}

/** A first person's wish to open counts for this long. */
const STANDS = Sql.sql`opening_asked_at > now() - interval '15 minutes'`

export async function readValve(tx: Tx): Promise<StoredValve | undefined> {
  const [row] = await tx.$queryRaw<ValveRow[]>`
    SELECT state, reason, changed_by AS "changedBy", changed_at AS "changedAt", opening_asked_by AS "askedBy",
      opening_reason AS "askedReason", opening_asked_at AS "askedAt",
      opening_asked_at + interval '15 minutes' AS "lapsesAt", coalesce(${STANDS}, false) AS "isAsked"
    FROM valve WHERE scope = 'global'`
  if (!row) return undefined
  const { askedBy, askedReason, askedAt, lapsesAt, isAsked, ...valve } = row
  const isOpening = isAsked && askedBy && askedReason && askedAt && lapsesAt
  const opening = isOpening ? { askedBy, reason: askedReason, askedAt, lapsesAt } : null
  return { ...valve, opening }
}

type ValveRow = Omit<StoredValve, 'opening'> & {
  askedBy: string | null
  askedReason: string | null
  askedAt: Date | null
  lapsesAt: Date | null
  isAsked: boolean
}

type Turn = { reason: string; actor: string }

/**
 * False when it was closed already and nobody wanted it open; of two who close at once one did.
 * Whoever asked for it to be opened has to ask again.
 */
export async function closeValve(tx: Tx, { reason, actor }: Turn): Promise<boolean> {
  const closed = await tx.$executeRaw`
    INSERT INTO valve (scope, state, reason, changed_by) VALUES ('global', 'closed', ${reason}, ${actor})
    ON CONFLICT (scope) DO UPDATE
    SET state = 'closed', reason = EXCLUDED.reason, changed_by = EXCLUDED.changed_by, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    WHERE valve.state <> 'closed' OR valve.opening_asked_by IS NOT NULL`
  return closed > 0
}

/** Opens if it is closed and, where two people are wanted, another one asked a short while ago. */
export async function openValve(
  tx: Tx,
  { reason, actor, alone }: Turn & { alone: boolean },
): Promise<{ askedBy: string | null } | undefined> {
  const [opened] = await tx.$queryRaw<{ askedBy: string | null }[]>`
    WITH before AS (SELECT opening_asked_by FROM valve WHERE scope = 'global' FOR UPDATE)
    UPDATE valve
    SET state = 'open', reason = ${reason}, changed_by = ${actor}, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    FROM before
    WHERE scope = 'global' AND state = 'closed' AND (${alone} OR (valve.opening_asked_by <> ${actor} AND ${STANDS}))
    RETURNING before.opening_asked_by AS "askedBy"`
  return opened
}

/** Keeps that somebody wants it open, unless another person's wish still stands. */
export function askToOpen(tx: Tx, { reason, actor }: Turn): Promise<number> {
  return tx.$executeRaw`
    UPDATE valve SET opening_asked_by = ${actor}, opening_asked_at = now(), opening_reason = ${reason}
    WHERE scope = 'global' AND state = 'closed'
      AND (opening_asked_by IS NULL OR opening_asked_by = ${actor} OR NOT ${STANDS})`
}
