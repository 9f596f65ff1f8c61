import type { SWEEP_STATUSES } from '../contract/sweeps.js'
import type { Funnel, Part } from './funnel/service.js'
import type { Lane, SweepMail } from './status/service.js'
import type { ValveState } from './valve.js'

type Valve = {
  scope: string
  state: ValveState
  reason: string
  changedBy: string
  changedAt: Date
  opening: { askedBy: string; reason: string; askedAt: Date; lapsesAt: Date } | null
}

export const valveView = ({ opening, ...valve }: Valve) => ({
  scope: valve.scope,
  state: valve.state,
  reason: valve.reason,
  changedBy: valve.changedBy,
  changedAt: valve.changedAt.toISOString(),
  opening: opening && {
    askedBy: opening.askedBy,
    reason: opening.reason,
    askedAt: opening.askedAt.toISOString(),
    lapsesAt: opening.lapsesAt.toISOString(),
  },
})

export const laneView = ({ pausedUntil, ...lane }: Lane) => ({
  ...lane,
  pausedUntil: pausedUntil?.toISOString() ?? null,
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
