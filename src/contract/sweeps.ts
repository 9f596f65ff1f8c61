import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Id, IdPath, Line, PageQuery, pageOf, Text, Time } from './shapes.js'

export const SWEEP_STATUSES = [
  'planning',
  'planned',
  'approved',
  'running',
  'paused',
  'finished',
  'aborted',
  'failed',
] as const

const Count = z.int().nonnegative()
const Counts = z.record(z.string(), Count)

/** `superseded` is never planned: facts changed after the plan. */
const Outcome = z.enum([
  'reset_ordered',
  'held',
  'review_opened',
  'notified',
  'already_protected',
  'superseded',
])

/** `lapse` is why an approval does not count now; `null`: it counts. */
const ApprovalView = z.strictObject({
  approver: z.string(),
  at: Time,
  expectedResets: Count,
  lapse: z
    .enum(['other_plan', 'requester', 'dismissed', 'role_removed', 'approvers_exist', 'not_staff'])
    .nullable(),
})

/** In their order. */
export const PLAN_STEPS = [
  'reading',
  'matching',
  'weighing',
  'judging',
  'writing',
  'foreseeing',
  'sealing',
] as const
export type PlanStep = (typeof PLAN_STEPS)[number]

export const ProgressView = z.strictObject({
  /**
   * While the plan is made: its steps so far, in order. `rows` is what a step made (addresses, matches,
   * accounts weighed, kinds of account, actions, mails, chunks), `null` while it is under way. `null`: no plan is being made.
   */
  planning: z
    .array(z.strictObject({ step: z.enum(PLAN_STEPS), beganAt: Time, rows: Count.nullable() }))
    .nullable(),
  chunks: Count,
  chunksDone: Count,
  holdsDone: z.boolean(),
  accounts: Count,
  accountsDone: Count,
})

const Seconds = z.number().nonnegative()
const Lane = z.strictObject({
  lane: z.string(),
  mails: Count,
  /** When its last mail is accepted, from the release of the canary: as likely sooner as later, and in 19 of 20 cases. */
  p50Seconds: Seconds,
  p95Seconds: Seconds,
})

/** How long the mail of the plan would take, as foreseen when it was made. */
const Forecast = z.strictObject({
  mails: Count,
  p50Seconds: Seconds,
  p95Seconds: Seconds,
  /** The lane that ends last; `null` when there is no mail. */
  slowest: z.string().nullable(),
  /** The fifty lanes that end last; `others` are all the rest together. */
  lanes: z.array(Lane),
  others: z
    .strictObject({ lanes: Count, mails: Count, p50Seconds: Seconds, p95Seconds: Seconds })
    .nullable(),
  /** Mails in each wave, the canary first, and for how long that is watched. */
  waves: z.array(Count),
  holdSeconds: Seconds,
  /** Seed mailboxes that get a copy at the end of each wave. */
  seeds: Count,
})

export const SweepView = z.strictObject({
  id: z.string(),
  incidentId: z.string(),
  status: z.enum(SWEEP_STATUSES),
  /** Why it is so, for people; of an approved sweep, why it cannot start. */
  statusReason: z.string().nullable(),
  listIds: z.array(z.string()),
  policyVersion: z.string(),
  /** Accounts left out by hand, whether they were matched or not. */
  exclude: z.array(z.string()),
  planDigest: z.string().nullable(),
  /** `null` until there is a plan. `excluded`: matched accounts that were left out. */
  counts: z
    .strictObject({
      entries: Count,
      duplicates: Count,
      rejected: Count,
      exposed: Count,
      matched: Count,
      unknown: Count,
      excluded: Count,
      accounts: Count,
      equivalent: Count,
      byTier: Counts,
      byOutcome: Counts,
    })
    .nullable(),
  /** Accounts per score band of ten: [0–9, …, 90–99, 100]. */
  histogram: z.array(Count).nullable(),
  resets: Count.nullable(),
  /** `null` until there is a plan, and for plans from before mail was foreseen. */
  forecast: Forecast.nullable(),
  approvals: z.array(ApprovalView),
  /** `given` counts the approvals that count now. */
  needs: z.strictObject({ approvals: Count.nullable(), given: Count }),
  fourEyes: z.boolean(),
  progress: ProgressView,
  requestedBy: z.string(),
  /** The names of the staff who had a part in it. */
  people: z.array(z.strictObject({ actor: z.string(), name: z.string() })),
  createdAt: Time,
  plannedAt: Time.nullable(),
  startedAt: Time.nullable(),
  finishedAt: Time.nullable(),
  /** What whoever asked may do with it in this state. */
  may: z.array(z.string()),
})

const MOST_EXCLUDED = 1_000

export const planSweep = endpoint({
  method: 'post',
  path: '/v1/incidents/:id/sweeps',
  summary:
    'Ask for a plan of all lists of an incident; a worker makes it, nothing is done to anybody',
  allow: 'sweep.plan',
  params: IdPath,
  body: z
    .strictObject({
      /** A policy, or the name of a stored one such as `exposed-addresses@1`. */
      policy: z
        .union([Line(100).min(1), z.record(z.string(), z.unknown())])
        .refine((policy) => !JSON.stringify(policy).includes('\\u0000'), 'holds NUL')
        .optional(),
      exclude: z.array(Id).max(MOST_EXCLUDED).optional(),
    })
    .default({}),
  answers: { 201: SweepView },
  refuses: ['incident_not_found', 'illegal_transition', 'policy_invalid'],
  creates: true,
  limit: 1024 * 1024,
})

export const readSweep = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id',
  summary: 'A sweep: its plan, who approved it, how far it is, what you may do with it',
  allow: 'sweep.read',
  params: IdPath,
  answers: { 200: SweepView },
  refuses: ['sweep_not_found'],
})

export const ActionView = z.strictObject({
  seq: z.int(),
  accountId: z.string(),
  match: z.enum(['equal', 'equivalent']),
  score: z.int(),
  reasons: z.array(z.string()),
  tier: z.string(),
  priority: z.string().nullable(),
  effects: z.array(z.string()),
  planned: Outcome,
  /** `null` while nothing was done yet. */
  outcome: Outcome.nullable(),
  outcomeReason: z.string().nullable(),
  batches: Count,
  firstExposedAt: Time,
  hostile: z.strictObject({
    attempts: Count,
    successes: Count,
    sources: Count,
    lastAt: Time.nullable(),
  }),
})

export const listActions = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/actions',
  summary: 'What is planned for each account and what became of it, in the plan’s order',
  allow: 'sweep.read',
  params: IdPath,
  query: PageQuery.extend({
    tier: Line(64).min(1).optional(),
    /** What became of an account or, while nothing did, what is planned. */
    outcome: Outcome.optional(),
  }),
  answers: { 200: pageOf(ActionView) },
  refuses: ['sweep_not_found'],
})

export const approveSweep = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/approval',
  summary: 'Approve exactly this plan, naming its digest and the resets you expect',
  allow: 'sweep.approve',
  params: IdPath,
  body: z.strictObject({
    planDigest: Line(200),
    expectedResets: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  }),
  answers: { 202: SweepView },
  refuses: [
    'approval_mismatch',
    'illegal_transition',
    'list_changed',
    'plan_digest_wrong',
    'sweep_not_found',
  ],
})

export const startSweep = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/start',
  summary: 'Start an approved sweep',
  allow: 'sweep.start',
  params: IdPath,
  answers: { 202: SweepView },
  refuses: ['illegal_transition', 'list_changed', 'plan_already_executed', 'sweep_not_found'],
})

const Stop = z.strictObject({ reason: Text(500) })

export const pauseSweep = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/pause',
  summary: 'Stop between chunks; when this answers, nothing is in flight',
  allow: 'sweep.stop',
  params: IdPath,
  body: Stop,
  answers: { 202: SweepView },
  refuses: ['illegal_transition', 'sweep_not_found'],
})

export const abortSweep = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/abort',
  summary: 'End a sweep for good; what was done stays done',
  allow: 'sweep.stop',
  params: IdPath,
  body: Stop,
  answers: { 202: SweepView },
  refuses: ['illegal_transition', 'sweep_not_found'],
})

export const resumeSweep = endpoint({
  method: 'post',
  path: '/v1/sweeps/:id/resume',
  summary: 'Let a paused sweep go on',
  allow: 'sweep.start',
  params: IdPath,
  answers: { 202: SweepView },
  refuses: ['illegal_transition', 'sweep_not_found'],
})
