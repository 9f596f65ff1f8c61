import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath } from './shapes.js'
import { ActionView } from './sweeps.js'

const Count = z.int().nonnegative()
const Fact = z.enum(['hostileAttempts', 'hostileSuccesses', 'hostileSources', 'batches'])
const Bound = z.enum(['atLeast', 'below'])

/** Where a tier begins or ends on a counted fact. */
const Threshold = z.strictObject({ tier: z.string(), fact: Fact, bound: Bound, value: Count })

/** What accounts hold in one currency; a `total` of fewer than five accounts is withheld. */
const Money = z.strictObject({
  currency: z.string().nullable(),
  accounts: Count,
  total: z.string().nullable(),
})

export const readPlan = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/plan',
  summary: 'What an approver reads besides the counts: tiers, reasons, money, first and last rows',
  allow: 'sweep.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      /** In the policy's order: the first that fits an account is its tier. */
      tiers: z.array(
        z.strictObject({
          name: z.string(),
          says: z.string(),
          effects: z.array(z.string()),
          accounts: Count,
          /** As the directory has it now, of the accounts with something to lose. */
          money: z.array(Money),
          /** Accounts of which nobody said what they hold. */
          unknown: Count,
        }),
      ),
      /** Of all tiers together. */
      money: z.array(Money),
      /** What each code of a rule says. */
      reasons: z.array(z.strictObject({ code: z.string(), says: z.string() })),
      /** `most`: the largest count any account of this plan has. */
      thresholds: z.array(Threshold.extend({ most: Count })),
      first: z.array(ActionView),
      last: z.array(ActionView),
    }),
  },
  refuses: ['illegal_transition', 'sweep_not_found'],
})

const MOVED = String.raw`[a-z][a-z0-9_]{1,48}\.(hostileAttempts|hostileSuccesses|hostileSources|batches)\.(atLeast|below):\d{1,9}`
const MOST_MOVED = 2_000

export const simulatePlan = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/simulation',
  summary: 'The accounts of a plan judged again by its policy with other thresholds of its tiers',
  allow: 'sweep.read',
  params: IdPath,
  query: z.strictObject({
    /** `attacked.hostileAttempts.atLeast:3`, several after commas. */
    thresholds: z
      .string()
      .max(MOST_MOVED)
      .regex(
        new RegExp(`^${MOVED}(,${MOVED})*$`),
        'must be as attacked.hostileAttempts.atLeast:3, several after commas',
      )
      .optional(),
  }),
  answers: {
    200: z.strictObject({
      byTier: z.record(z.string(), Count),
      byOutcome: z.record(z.string(), Count),
      resets: Count,
      /** Accounts whose tier is another one than planned. */
      moves: z.array(z.strictObject({ from: z.string(), to: z.string(), accounts: Count })),
    }),
  },
  refuses: ['illegal_transition', 'policy_invalid', 'sweep_not_found'],
})
