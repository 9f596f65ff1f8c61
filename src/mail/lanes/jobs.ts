import type { Proof } from '../../platform/liveness.js'

/** A lane for which places are wanted, of the `connections` that all processes have together. */
export type Wanted = { lane: string; connections: number; want: number }

/** The connections that this process may use towards each lane. */
export type Places = {
  held(lane: string): number
  /** Takes as many as are free, up to what is wanted. What is held already counts. */
  take(wanted: readonly Wanted[]): Promise<void>
  /** Gives places of these lanes back, all but `keep`. */
  give(lanes: readonly { lane: string; keep: number }[]): Promise<void>
}

/**
 * Places are advisory locks on the session that proves this sender alive, one for each connection
 * that a lane has: a process that dies gives its places back by dying.
 */
export function openPlaces(session: Proof): Places {
  const held = new Map<string, number[]>()
  const heldOf = (lane: string) => held.get(lane) ?? []

  const take: Places['take'] = async (wanted) => {
    const short = wanted
      .map(({ lane, connections, want }) => ({ lane, connections, mine: heldOf(lane), want }))
      .filter(({ connections, mine, want }) => mine.length < Math.min(want, connections))
      .map((each) => ({ ...each, want: each.want - each.mine.length }))
    if (short.length === 0) return
    const taken = await session.query<{ lane: string; place: number }>(TAKE, [
      JSON.stringify(short),
    ])
    for (const { lane, place } of taken) held.set(lane, [...heldOf(lane), place])
  }
  const give: Places['give'] = async (lanes) => {
    const given = lanes.flatMap(({ lane, keep }) => {
      const places = heldOf(lane)
      held.set(lane, places.slice(0, keep))
      if (keep === 0) held.delete(lane)
      return places.slice(keep).map((place) => ({ lane, place }))
    })
    if (given.length > 0) await session.query(GIVE, [JSON.stringify(given)])
  }
  return { held: (lane) => heldOf(lane).length, take, give }
}

/** The session holds a lock that it takes twice, so the places it has are not tried. */
const TAKE = `
  SELECT w.lane, p.place FROM jsonb_to_recordset($1::jsonb)
    AS w (lane text, connections int, mine int[], want int)
  CROSS JOIN LATERAL (
    SELECT place FROM generate_series(1, w.connections) AS place
    WHERE CASE WHEN place = ANY(w.mine) THEN false
      ELSE pg_try_advisory_lock(hashtextextended('mail lane ' || w.lane || ' ' || place, 0)) END
    LIMIT w.want) p`

const GIVE = `
  SELECT pg_advisory_unlock(hashtextextended('mail lane ' || g.lane || ' ' || g.place, 0))
  FROM jsonb_to_recordset($1::jsonb) AS g (lane text, place int)`
