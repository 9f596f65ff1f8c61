import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath, Time } from './shapes.js'

const Count = z.int().nonnegative()

export const readReport = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/report',
  summary: 'What a sweep did and whether its numbers add up; Accept says JSON or HTML',
  allow: 'sweep.read',
  params: IdPath,
  gives: ['application/json', 'text/html'],
  answers: { 200: z.undefined() },
  refuses: ['sweep_not_found'],
})

export const exportReport = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/report.csv',
  summary: 'The report per account as CSV: ids, never addresses',
  allow: 'sweep.export',
  params: IdPath,
  gives: ['text/csv'],
  answers: { 200: z.undefined() },
  refuses: ['sweep_not_found'],
})

export const readOutcomes = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/outcomes',
  summary: 'What became of the accounts so far, and which parts of the run broke off',
  allow: 'sweep.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      /** Accounts that are done. */
      byOutcome: z.record(z.string(), Count),
      /** Parts that broke off and are tried again; at the fifth time the sweep pauses by itself. */
      failures: z.array(
        z.strictObject({
          chunk: Count,
          phase: z.enum(['hold', 'canary', 'act']),
          accounts: Count,
          failures: Count,
          lastFailure: z.string().nullable(),
          isDone: z.boolean(),
        }),
      ),
    }),
  },
  refuses: ['sweep_not_found'],
})

const Seconds = z.number().nonnegative().nullable()
const Mails = z.strictObject({
  purpose: z.string(),
  status: z.string(),
  says: z.string(),
  mails: Count,
})

export const readResult = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/result',
  summary: 'The report in short: whether its numbers add up, and what is still open',
  allow: 'sweep.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      asOf: Time,
      checks: z.array(
        z.strictObject({
          name: z.string(),
          relation: z.enum(['equals', 'at_least']),
          left: Count,
          right: Count,
          holds: z.boolean(),
        }),
      ),
      /** Why accounts were left alone whose facts changed after the plan. */
      superseded: z.array(z.strictObject({ code: z.string(), says: z.string(), count: Count })),
      /** Of the resets that the run ordered. */
      resets: z.strictObject({
        ordered: Count,
        waiting: Count,
        opened: Count,
        completed: Count,
        cancelled: Count,
      }),
      cases: z.strictObject({ total: Count, decided: Count, overdue: Count }),
      mail: z.strictObject({ says: z.string(), lines: z.array(Mails) }),
      durations: z.strictObject({
        planningSeconds: Seconds,
        approvalSeconds: Seconds,
        runSeconds: Seconds,
        detectionToHoldsSeconds: Seconds,
      }),
    }),
  },
  refuses: ['sweep_not_found'],
})
