import { readPlan, simulatePlan } from '../../contract/sweep-plan.js'
import { type Db, inTx } from '../../platform/db.js'
import { answer, type Route, serve } from '../../platform/http/route.js'
import { actionView } from '../view.js'
import { reviewOf, simulationOf } from './service.js'
import { readThresholds } from './thresholds.js'

export type ReviewingRouteDeps = { db: Db }

/** What people read before they approve a plan. */
export const reviewingRoutes: readonly Route<ReviewingRouteDeps>[] = [
  serve(readPlan, async ({ params }, { db }: ReviewingRouteDeps) => {
    const { first, last, ...review } = await inTx(db, (tx) => reviewOf(tx, params.id))
    return answer(200, { ...review, first: first.map(actionView), last: last.map(actionView) })
  }),
  serve(simulatePlan, async ({ params, query }, { db }: ReviewingRouteDeps) => {
    const moved = readThresholds(query.thresholds)
    return answer(200, await inTx(db, (tx) => simulationOf(tx, params.id, moved)))
  }),
]
