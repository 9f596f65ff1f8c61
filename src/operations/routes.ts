import { readMetrics } from '../contract/operations.js'
import type { Db } from '../platform/db.js'
import { type Route, serveRaw } from '../platform/http/route.js'
import type { Metrics } from '../platform/metrics.js'
import { readingsOf } from './metric.js'
import { readNumbers } from './store.js'

export type OperationDeps = { db: Db; metrics: Metrics }

export const operationRoutes: readonly Route<OperationDeps>[] = [
  serveRaw(readMetrics, async (_asked, { res }, { db, metrics }: OperationDeps) => {
    const { type, text } = await metrics.read(readingsOf(await readNumbers(db)))
    res.type(type).send(text)
  }),
]
