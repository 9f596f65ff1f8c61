import { findAccounts, readAccount } from '../../contract/accounts.js'
import { type Db, inTx } from '../../platform/db.js'
import { answer, type Route, serve } from '../../platform/http/route.js'
import { lookAt, lookUp } from './service.js'
import { accountView } from './view.js'

export type AccountRouteDeps = { db: Db }

/** Accounts with what their logins, exposures and sweeps tell: the directory alone knows less. */
export const accountRoutes: readonly Route<AccountRouteDeps>[] = [
  serve(readAccount, async ({ params, actor }, { db }: AccountRouteDeps) => {
    const seen = await inTx(db, (tx) => lookAt(tx, params.id, actor.id))
    return answer(200, accountView(seen))
  }),
  serve(findAccounts, async ({ query, actor }, { db }: AccountRouteDeps) => {
    const seen = await inTx(db, (tx) => lookUp(tx, query.address, actor.id))
    return answer(200, { items: seen.map(accountView) })
  }),
]
