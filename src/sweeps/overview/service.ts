import { getIncident, type Incident, listsOf } from '../../exposures/service.js'
import type { List, Sweep } from '../../generated/prisma/client.js'
import { incidentSteps } from '../../mail/funnel/service.js'
import type { Tx } from '../../platform/db.js'
import type { ExposureCounts, PlanCounts } from '../planning/store.js'
import { deadlineOf } from '../report/report.js'
import * as store from './store.js'

/** Accounts by what was done to them in the incident, whoever ordered it; each once. */
type Funnel = {
  exposed: number
  matched: number | null
  held: number
  ordered: number
  mailed: number
  opened: number
  completed: number
}

export type Overview = {
  incident: Incident
  funnel: Funnel
  clocks: { regulatorDeadlineAt: Date; minutesLeft: number }
  lists: List[]
  sweeps: Sweep[]
}

/**
 * An incident at a glance. What is exposed and matched is what the newest plan counted; before there
 * is one, what its lists hold. Refuses with `incident_not_found`.
 */
export async function overviewOf(tx: Tx, incidentId: string): Promise<Overview> {
  const incident = await getIncident(tx, incidentId)
  const lists = await listsOf(tx, incidentId)
  const sweeps = await tx.sweep.findMany({ where: { incidentId }, orderBy: { createdAt: 'desc' } })
  const regulatorDeadlineAt = deadlineOf(incident.detectedAt)
  const { ordered, accepted, opened, completed } = await incidentSteps(tx, incidentId)
  const planned = sweeps.find(({ counts }) => counts !== null)
  const counts = planned?.counts as (ExposureCounts & PlanCounts) | undefined
  const inLists = lists.reduce((sum, list) => sum + list.accepted + list.rejected, 0)
  return {
    incident,
    funnel: {
      exposed: counts?.exposed ?? inLists,
      matched: counts ? counts.accounts + (counts.excluded ?? 0) : null,
      held: await store.countHeld(tx, incidentId),
      ordered,
      mailed: accepted,
      opened,
      completed,
    },
    clocks: {
      regulatorDeadlineAt,
      minutesLeft: await store.minutesUntil(tx, regulatorDeadlineAt),
    },
    lists,
    sweeps,
  }
}
