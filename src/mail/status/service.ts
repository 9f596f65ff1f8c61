import { type Db, inTx, type Tx } from '../../platform/db.js'
import { closedValves, valveState } from '../service.js'
import type { StoredValve } from '../valve/store.js'
import { type Deferred, deferredByLane } from './deferrals.js'
import { allSeconds, laneSeconds, type Pace } from './eta.js'
import * as store from './store.js'

export type SweepMail = store.SweepRow & { waves: Wave[] }
export type Wave = Omit<store.WaveRow, 'sweepId'>
export type Lane = Omit<store.LaneRow, 'pausedSeconds'> & {
  secondsLeft: number | null
  /** What its server put off; null while that is nothing. */
  deferred: Deferred | null
}

export type MailStatusNow = {
  valve: StoredValve
  /** Every closed scope, the global one included. */
  closed: StoredValve[]
  counts: store.Counted[]
  lanes: Lane[]
  sweeps: SweepMail[]
  /** Until the last mail has left, at the rates of now; null when nobody can say. */
  secondsLeft: number | null
}

const LANES_AT_MOST = 500
const SWEEPS_AT_MOST = 50
/** Lanes and words of servers; the counts of a lane are whole whatever is left out. */
const WORDS_AT_MOST = 1_000

/**
 * How far mail is: valves, counts, lanes with mail that has not left, sweeps with such mail or with
 * unknown mail, and how long the rest takes. Read from
 * the tally and a few small tables; of the mails themselves only those that were put off.
 */
export async function mailStatus(tx: Tx): Promise<MailStatusNow> {
  const lanes = await store.openLanes(tx, LANES_AT_MOST)
  const valve = await valveState(tx)
  const deferred = deferredByLane(await store.putOff(tx, WORDS_AT_MOST))
  return {
    valve,
    closed: await closedValves(tx),
    counts: await store.countByPurpose(tx),
    lanes: lanes.map(({ pausedSeconds, ...lane }) => ({
      ...lane,
      secondsLeft: laneSeconds(paceOf({ ...lane, pausedSeconds })),
      deferred: deferred.get(lane.lane) ?? null,
    })),
    sweeps: await sweepsWithWaves(tx),
    secondsLeft: valve.state === 'closed' ? null : allSeconds(lanes.map(paceOf)),
  }
}

async function sweepsWithWaves(tx: Tx): Promise<SweepMail[]> {
  const sweeps = await store.openSweeps(tx, SWEEPS_AT_MOST)
  const waves = await store.wavesOf(
    tx,
    sweeps.map(({ sweepId }) => sweepId),
  )
  return sweeps.map((sweep) => ({
    ...sweep,
    waves: waves.flatMap(({ sweepId, ...wave }) => (sweepId === sweep.sweepId ? [wave] : [])),
  }))
}

const paceOf = (lane: store.LaneRow): Pace => ({
  left: lane.waiting + lane.held + lane.sending,
  rate: lane.rate,
  pausedSeconds: lane.isPaused && lane.pausedUntil === null ? null : lane.pausedSeconds,
})

/** Keeps the tally short; any process may, at any time. Returns by how many rows it is shorter. */
export const foldTally = (deps: { db: Db }): Promise<number> => inTx(deps.db, store.foldTally)
