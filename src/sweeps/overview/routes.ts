import { readExploitation, readIncident } from '../../contract/overview.js'
import { getIncident } from '../../exposures/service.js'
import { incidentView } from '../../exposures/view.js'
import { type Db, inTx } from '../../platform/db.js'
import { etag } from '../../platform/http/etag.js'
import { answer, type Route, serve } from '../../platform/http/route.js'
import { exploitation } from '../exploitation/service.js'
import type { SweepStatus } from '../state.js'
import { overviewOf } from './service.js'

export type OverviewRouteDeps = { db: Db }

const iso = (at: Date | null) => at?.toISOString() ?? null

/** Incidents with what their sweeps did: exposures alone know only the lists. */
export const overviewRoutes: readonly Route<OverviewRouteDeps>[] = [
  serve(readIncident, async ({ params }, { db }: OverviewRouteDeps) => {
    const seen = await inTx(db, (tx) => overviewOf(tx, params.id))
    const { incident, funnel, clocks } = seen
    const lists = seen.lists.map(({ incidentId: _, createdAt, ...list }) => ({
      ...list,
      createdAt: createdAt.toISOString(),
    }))
    const sweeps = seen.sweeps.map(({ id, status, requestedBy, resets, ...sweep }) => ({
      id,
      status: status as SweepStatus,
      requestedBy,
      resets,
      createdAt: sweep.createdAt.toISOString(),
      startedAt: iso(sweep.startedAt),
      finishedAt: iso(sweep.finishedAt),
    }))
    const regulatorDeadlineAt = clocks.regulatorDeadlineAt.toISOString()
    return answer(
      200,
      {
        ...incidentView(incident),
        funnel,
        clocks: { ...clocks, regulatorDeadlineAt },
        lists,
        sweeps,
      },
      etag(incident.version),
    )
  }),
  serve(readExploitation, async ({ params }, { db }: OverviewRouteDeps) => {
    await getIncident(db, params.id)
    const { population, firstAt, log10P, sources } = await exploitation({ db }, params.id)
    return answer(200, {
      population,
      firstAt: iso(firstAt),
      log10P,
      sources: sources.map((source) => ({
        ip: source.ip,
        targets: source.targets,
        exposedTargets: source.exposedTargets,
        attempts: source.attempts,
        log10P: source.log10P,
        says: source.says,
        firstAt: iso(source.firstAt),
        lastAt: source.lastAt.toISOString(),
      })),
    })
  }),
]
