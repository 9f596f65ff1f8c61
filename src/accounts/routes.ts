import { z } from 'zod'
import { type Db, inTx } from '../platform/db.js'
import { Nothing, type Route, route } from '../platform/http/route.js'
import { standingOf } from './service.js'

export type AccountDeps = { db: Db }

/** Ids are the platform's own: any text without NUL, which Postgres cannot hold. */
const AccountPath = z.object({
  id: z
    .string()
    .min(1)
    .max(256)
    .refine((id) => !id.includes('\0'), 'cannot hold NUL'),
})

const StandingAnswer = z.strictObject({
  passwordUsable: z.boolean(),
  resetRequired: z.boolean(),
  valueHeld: z.boolean(),
  heldUntil: z.iso.datetime().nullable(),
  sessionEpoch: z.int().nonnegative(),
})

/** What the platform's backend asks before it lets an account log in or withdraw. */
export const standingRoutes: readonly Route<AccountDeps>[] = [
  route({
    method: 'get',
    path: '/v1/accounts/:id/standing',
    summary: 'May this account log in, may it withdraw?',
    allow: 'standing.read',
    params: AccountPath,
    body: Nothing,
    answer: { status: 200, schema: StandingAnswer },
    run: ({ params }, deps: AccountDeps) => inTx(deps.db, (tx) => standingOf(tx, params.id)),
  }),
]
