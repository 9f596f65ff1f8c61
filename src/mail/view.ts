import type { SWEEP_STATUSES } from '../contract/sweeps.js'
import type { Funnel, Part } from './funnel/service.js'
import type { Lane, SweepMail } from './status/service.js'
import type { ValveState } from './valve.js'

type Valve = {
  scope: string
  state: ValveState
  reason: string
  changedBy: string
  changedByName: string | null
  changedAt: Date
  opening: {
    askedBy: string
    askedByName: string | null
    reason: string
    askedAt: Date
    lapsesAt: Date
  } | null
}

export const valveView = ({ opening, ...valve }: Valve) => ({
  scope: valve.scope,
  state: valve.state,
  reason: valve.reason,
  changedBy: valve.changedBy,
  changedByName: valve.changedByName,
  changedAt: valve.changedAt.toISOString(),
  opening: opening && {
    askedBy: opening.askedBy,
    askedByName: opening.askedByName,
    reason: opening.reason,
    askedAt: opening.askedAt.toISOString(),
    lapsesAt: opening.lapsesAt.toISOString(),
  },
})

export const laneView = ({ pausedUntil, deferred, ...lane }: Lane) => ({
  ...lane,
  pausedUntil: pausedUntil?.toISOString() ?? null,
  deferred: deferred && {
    mails: deferred.mails,
    nextAt: deferred.nextAt.toISOString(),
    untilAt: deferred.untilAt.toISOString(),
    said: deferred.said.map((each) => ({ ...each, untilAt: each.untilAt.toISOString() })),
  },
})

export const sweepMailView = ({ waves, ...sweep }: SweepMail) => ({
  ...sweep,
  status: sweep.status as (typeof SWEEP_STATUSES)[number],
  waves: waves.map((wave) => ({
    no: wave.no,
    mails: wave.mails,
    releasedAt: wave.releasedAt.toISOString(),
    endedAt: wave.endedAt?.toISOString() ?? null,
    verifiedAt: wave.verifiedAt?.toISOString() ?? null,
    stoppedAt: wave.stoppedAt?.toISOString() ?? null,
    stopReason: wave.stopReason,
    seeds: {
      waiting: wave.seedsWaiting,
      good: wave.seedsGood,
      bad: wave.seedsBad,
      problem: wave.seedProblem,
    },
  })),
})

const steps = ({ ordered, accepted, opened, completed, idle, withdrawn }: Part) => ({
  ordered,
  accepted,
  opened,
  completed,
  idle,
  withdrawn,
})

export const funnelView = ({ total, batches, lanes, locales }: Funnel) => ({
  ...steps(total),
  batches: batches.map((part) => ({
    batch: part.key ?? '',
    label: part.label,
    at: part.at?.toISOString() ?? null,
    ...steps(part),
  })),
  lanes: lanes.map((part) => ({ lane: part.key, ...steps(part) })),
  locales: locales.map((part) => ({ locale: part.key, ...steps(part) })),
})
