import { Sql, type Tx } from '../../platform/db.js'
import type { Proof } from '../../platform/liveness.js'
import { GLOBAL, type Scope, type ValveState } from '../valve.js'

export type StoredValve = {
  scope: Scope
  state: ValveState
  reason: string
  changedBy: string
  /** Of staff; null for everybody else. */
  changedByName: string | null
  changedAt: Date
  /** Somebody asked for the valve to be opened, and a second person may still do it. */
  opening: {
    askedBy: string
    askedByName: string | null
    reason: string
    askedAt: Date
    lapsesAt: Date
  } | null
}

/** A first person's wish to open counts for this long. */
const STANDS = Sql.sql`opening_asked_at > now() - interval '15 minutes'`

const VALVE = Sql.sql`
  SELECT scope, state, reason, changed_by AS "changedBy", changed_at AS "changedAt",
    (SELECT name FROM staff WHERE 'staff:' || id = changed_by) AS "changedByName", opening_asked_by AS "askedBy",
    (SELECT name FROM staff WHERE 'staff:' || id = opening_asked_by) AS "askedByName",
    opening_reason AS "askedReason", opening_asked_at AS "askedAt",
    opening_asked_at + interval '15 minutes' AS "lapsesAt", coalesce(${STANDS}, false) AS "isAsked"
  FROM valve`

export async function readValve(tx: Tx, scope: Scope): Promise<StoredValve | undefined> {
  const [row] = await tx.$queryRaw<ValveRow[]>`${VALVE} WHERE scope = ${scope}`
  return row && valveOf(row)
}

const CLOSED_AT_MOST = 500

/** Every closed scope, the latest first. */
export async function closedValves(tx: Tx): Promise<StoredValve[]> {
  const rows = await tx.$queryRaw<ValveRow[]>`
    ${VALVE} WHERE state = 'closed' ORDER BY changed_at DESC, scope LIMIT ${CLOSED_AT_MOST}`
  return rows.map(valveOf)
}

function valveOf(row: ValveRow): StoredValve {
  const { askedBy, askedByName, askedReason, askedAt, lapsesAt, isAsked, ...valve } = row
  const isOpening = isAsked && askedBy && askedReason && askedAt && lapsesAt
  const opening = isOpening
    ? { askedBy, askedByName, reason: askedReason, askedAt, lapsesAt }
    : null
  return { ...valve, opening }
}

type ValveRow = Omit<StoredValve, 'opening'> & {
  askedBy: string | null
  askedByName: string | null
  askedReason: string | null
  askedAt: Date | null
  lapsesAt: Date | null
  isAsked: boolean
}

/** `paused`: lanes that wait until their provider takes mail again. */
export type Switches = { closed: string[]; paused: string[] }

/** Everything that can stop a mail, as a sender asks for it, on its own connection. */
export async function readSwitches(proof: Pick<Proof, 'query'>): Promise<Switches> {
  const [row] = await proof.query<Switches>(
    `SELECT ARRAY(SELECT scope FROM valve WHERE state = 'closed'
        UNION ALL SELECT '${GLOBAL}' WHERE NOT EXISTS (SELECT FROM valve WHERE scope = '${GLOBAL}')) AS closed,
      ARRAY(SELECT lane FROM mail_lane WHERE paused_until > now()) AS paused`,
  )
  return row ?? { closed: [GLOBAL], paused: [] }
}

/** Whether there is such a sweep, or mail staged under this id. */
export async function isSweep(tx: Tx, sweepId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ known: boolean }]>`
    SELECT EXISTS (SELECT FROM sweep WHERE id = ${sweepId})
      OR EXISTS (SELECT FROM mail WHERE sweep_id = ${sweepId}) AS known`
  return row.known
}

/** What `mail_lane` calls all lanes together: no mail is of it, and the global valve stops it. */
const ALL_LANES = '*'

/** Whether a provider of this name is known: one with limits, or one that a domain was sorted to. */
export async function isLane(tx: Tx, lane: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ known: boolean }]>`
    SELECT ${lane} <> ${ALL_LANES} AND (EXISTS (SELECT FROM mail_lane WHERE lane = ${lane})
      OR EXISTS (SELECT FROM mail_domain WHERE lane = ${lane})) AS known`
  return row.known
}

type Turn = { scope: Scope; reason: string; actor: string }

/**
 * False when it was closed already and nobody wanted it open; of two who close at once one did.
 * Whoever asked for it to be opened has to ask again.
 */
export async function closeValve(tx: Tx, { scope, reason, actor }: Turn): Promise<boolean> {
  const closed = await tx.$executeRaw`
    INSERT INTO valve (scope, state, reason, changed_by) VALUES (${scope}, 'closed', ${reason}, ${actor})
    ON CONFLICT (scope) DO UPDATE
    SET state = 'closed', reason = EXCLUDED.reason, changed_by = EXCLUDED.changed_by, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    WHERE valve.state <> 'closed' OR valve.opening_asked_by IS NOT NULL`
  return closed > 0
}

/** Closes the scopes that are open, in one order; returns those. Who wants a closed one open may still have it. */
export async function stopScopes(
  tx: Tx,
  stops: readonly { scope: Scope; reason: string }[],
  actor: string,
): Promise<Scope[]> {
  const ordered = stops.toSorted((left, right) => (left.scope < right.scope ? -1 : 1))
  const stopped = await tx.$queryRaw<{ scope: Scope }[]>`
    INSERT INTO valve (scope, state, reason, changed_by)
    SELECT scope, 'closed', reason, ${actor}
    FROM unnest(
      ${ordered.map(({ scope }) => scope)}::text[], ${ordered.map(({ reason }) => reason)}::text[]
    ) AS told (scope, reason)
    ON CONFLICT (scope) DO UPDATE
    SET state = 'closed', reason = EXCLUDED.reason, changed_by = EXCLUDED.changed_by, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    WHERE valve.state <> 'closed'
    RETURNING scope`
  return stopped.map(({ scope }) => scope)
}

/** Opens if it is closed and, where two people are wanted, another one asked a short while ago. */
export async function openValve(
  tx: Tx,
  { scope, reason, actor, alone }: Turn & { alone: boolean },
): Promise<{ askedBy: string | null } | undefined> {
  const [opened] = await tx.$queryRaw<{ askedBy: string | null }[]>`
    WITH before AS (SELECT opening_asked_by FROM valve WHERE scope = ${scope} FOR UPDATE)
    UPDATE valve
    SET state = 'open', reason = ${reason}, changed_by = ${actor}, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    FROM before
    WHERE scope = ${scope} AND state = 'closed'
      AND (${alone} OR (valve.opening_asked_by <> ${actor} AND ${STANDS}))
    RETURNING before.opening_asked_by AS "askedBy"`
  return opened
}

/** Keeps that somebody wants it open, unless another person's wish still stands. */
export function askToOpen(tx: Tx, { scope, reason, actor }: Turn): Promise<number> {
  return tx.$executeRaw`
    UPDATE valve SET opening_asked_by = ${actor}, opening_asked_at = now(), opening_reason = ${reason}
    WHERE scope = ${scope} AND state = 'closed'
      AND (opening_asked_by IS NULL OR opening_asked_by = ${actor} OR NOT ${STANDS})`
}
