import { readStanding } from '../contract/standing.js'
import { type Db, inTx } from '../platform/db.js'
import { answer, type Route, serve } from '../platform/http/route.js'
import { standingOf } from './service.js'

export type AccountDeps = { db: Db }

/** What the platform's backend asks before it lets an account log in or withdraw. */
export const standingRoutes: readonly Route<AccountDeps>[] = [
  serve(readStanding, async ({ params }, deps: AccountDeps) =>
    answer(200, await inTx(deps.db, (tx) => standingOf(tx, params.id))),
  ),
]
