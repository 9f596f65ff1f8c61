import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath, Time } from './shapes.js'

/** What the platform's backend asks before it lets an account log in or withdraw. */
export const readStanding = endpoint({
  listener: 'public',
  method: 'get',
  path: '/v1/accounts/:id/standing',
  summary: 'May this account log in, may it withdraw?',
  allow: 'standing.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      passwordUsable: z.boolean(),
      resetRequired: z.boolean(),
      valueHeld: z.boolean(),
      heldUntil: Time.nullable(),
      sessionEpoch: z.int().nonnegative(),
    }),
  },
  refuses: ['account_not_found'],
})
