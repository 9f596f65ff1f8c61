import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Id, IdPath, Time } from './shapes.js'

const Count = z.int().nonnegative()

const MOST_IMPORTED_BYTES = 64 * 1024 * 1024

export const importAccounts = endpoint({
  method: 'put',
  path: '/v1/accounts',
  summary: 'Tell Cordon which accounts there are; null or absent balance and factors are unknown',
  allow: 'account.import',
  takes: ['application/x-ndjson', 'application/json'],
  limit: MOST_IMPORTED_BYTES,
  answers: {
    200: z.strictObject({
      received: Count,
      created: Count,
      updated: Count,
      unchanged: Count,
      /** `index` counts the records from 0; at most a thousand are listed. */
      rejected: z.array(z.strictObject({ index: Count, reason: z.string() })),
      rejectedCount: Count,
    }),
  },
})

export const AccountView = z.strictObject({
  id: z.string(),
  address: z.string(),
  status: z.string(),
  standing: z.strictObject({
    passwordUsable: z.boolean(),
    resetRequired: z.boolean(),
    valueHeld: z.boolean(),
    heldUntil: Time.nullable(),
    sessionEpoch: Count,
  }),
  evidence: z.strictObject({
    secondFactor: z.enum(['present', 'absent', 'unknown']),
    balance: z.enum(['zero', 'nonzero', 'unknown']),
    /** Of the last 90 days; of more than a thousand attempts the newest thousand. */
    hostile: z.strictObject({
      attempts: Count,
      successes: Count,
      sources: Count,
      lastAt: Time.nullable(),
      signals: z.array(z.strictObject({ kind: z.string(), at: Time, says: z.string() })),
    }),
    /** The newest plans that found it on a list. */
    exposure: z.array(
      z.strictObject({
        incidentId: z.string(),
        sweepId: z.string(),
        batches: Count,
        firstAt: Time,
        score: z.int(),
        tier: z.string(),
        outcome: z.string().nullable(),
      }),
    ),
  }),
  /** What happened to the account, the newest first. */
  history: z.array(
    z.strictObject({
      at: Time,
      kind: z.string(),
      actor: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
})

export const readAccount = endpoint({
  method: 'get',
  path: '/v1/accounts/:id',
  summary: 'One account: standing, evidence, what happened to it; looking is recorded',
  allow: 'account.read',
  params: IdPath,
  answers: { 200: AccountView },
  refuses: ['account_not_found'],
})

export const findAccounts = endpoint({
  method: 'get',
  path: '/v1/accounts',
  summary: 'The accounts of an address; looking is recorded',
  allow: 'account.read',
  query: z.strictObject({ address: Id }),
  answers: { 200: z.strictObject({ items: z.array(AccountView) }) },
})
