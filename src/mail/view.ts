import type { ValveState } from './valve.js'

type Valve = {
  state: ValveState
  reason: string
  changedBy: string
  changedAt: Date
  opening: { askedBy: string; reason: string; askedAt: Date; lapsesAt: Date } | null
}

export const valveView = ({ opening, ...valve }: Valve) => ({
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
