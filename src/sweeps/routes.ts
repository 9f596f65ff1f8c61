import { z } from 'zod'
import * as calls from '../contract/sweeps.js'
import { type Db, inTx } from '../platform/db.js'
import { cutPage, readCursor } from '../platform/http/cursor.js'
import type { OnceDeps } from '../platform/http/idempotency.js'
import { type Actor, answer, type Route, serve, serveOnce } from '../platform/http/route.js'
import type { Log } from '../platform/log.js'
import {
  abortSweep,
  approveSweep,
  type ControlDeps,
  pauseSweep,
  resumeSweep,
  startSweep,
} from './control/service.js'
import { type RequestDeps, requestForIncident } from './planning/service.js'
import { actionsOf, viewSweep } from './reading/service.js'
import { actionView } from './view.js'

export type SweepRouteDeps = OnceDeps & ControlDeps & RequestDeps & { db: Db; log: Log }

const ActionPlace = z.tuple([z.int().nonnegative()])

const seen = (db: Db, id: string, actor: Actor) => inTx(db, (tx) => viewSweep(tx, id, actor))

const planning: readonly Route<SweepRouteDeps>[] = [
  serveOnce(calls.planSweep, async ({ params, body, actor }, tx, deps: SweepRouteDeps) => {
    const asked = { incidentId: params.id, ...body, actor: actor.id }
    const { id } = await requestForIncident(tx, asked, deps)
    return answer(201, await viewSweep(tx, id, actor))
  }),
  serve(calls.readSweep, async ({ params, actor }, { db }: SweepRouteDeps) =>
    answer(200, await seen(db, params.id, actor)),
  ),
  serve(calls.listActions, async ({ params, query }, { db }: SweepRouteDeps) => {
    const { cursor, take, tier, outcome } = query
    const after = readCursor(ActionPlace, cursor)?.[0] ?? 0
    const rows = await actionsOf(db, params.id, { after, take: take + 1, tier, outcome })
    return answer(200, cutPage(rows, take, { item: actionView, place: ({ seq }) => [seq] }))
  }),
]

const control: readonly Route<SweepRouteDeps>[] = [
  serve(calls.approveSweep, async ({ params, body, actor }, deps: SweepRouteDeps) => {
    await approveSweep(deps, params.id, { ...body, approver: actor.id })
    return answer(202, await seen(deps.db, params.id, actor))
  }),
  serve(calls.startSweep, async ({ params, actor }, deps: SweepRouteDeps) => {
    await startSweep(deps, params.id, actor.id)
    return answer(202, await seen(deps.db, params.id, actor))
  }),
  serve(calls.pauseSweep, async ({ params, body, actor }, deps: SweepRouteDeps) => {
    await pauseSweep(deps, params.id, { actor: actor.id, reason: body.reason })
    return answer(202, await seen(deps.db, params.id, actor))
  }),
  serve(calls.abortSweep, async ({ params, body, actor }, deps: SweepRouteDeps) => {
    await abortSweep(deps, params.id, { actor: actor.id, reason: body.reason })
    return answer(202, await seen(deps.db, params.id, actor))
  }),
  serve(calls.resumeSweep, async ({ params, actor }, deps: SweepRouteDeps) => {
    await resumeSweep(deps, params.id, actor.id)
    return answer(202, await seen(deps.db, params.id, actor))
  }),
]

/** Planning, approving and running sweeps over the API. */
export const sweepRoutes: readonly Route<SweepRouteDeps>[] = [...planning, ...control]
