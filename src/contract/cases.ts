import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath, Line, PageQuery, pageOf, Text, Time } from './shapes.js'

const Status = z.enum(['open', 'snoozed', 'claimed', 'awaiting_second', 'decided'])
export const DECISIONS = ['release', 'keep_reset', 'reset', 'lock', 'confirm_takeover'] as const
export const DECISION_REASONS = [
  'owner_confirmed',
  'false_alarm',
  'attack_failed',
  'attack_succeeded',
  'cannot_tell',
  'duplicate',
] as const
/** Grows with every claim: a write that names an older one is refused (`lease_lost`). */
const Fence = z.int().min(1)

export const CaseView = z.strictObject({
  id: z.string(),
  account: z.string(),
  sweep: z.string().nullable(),
  status: Status,
  tier: z.string(),
  score: z.int(),
  because: z.array(z.string()),
  /** Never the balance itself. */
  value: z.enum(['unknown', 'zero', 'some']),
  openedAt: Time,
  dueAt: Time,
  due: z.enum(['in_time', 'soon', 'overdue']),
  snoozedUntil: Time.nullable(),
  claimedBy: z.string().nullable(),
  leaseUntil: Time.nullable(),
  decision: z.enum(DECISIONS).nullable(),
  decisionReason: z.enum(DECISION_REASONS).nullable(),
  note: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: Time.nullable(),
})

const Attempt = z.strictObject({
  at: Time,
  ip: z.string(),
  country: z.string().nullable(),
  asn: z.string().nullable(),
  listed: z.string().nullable(),
  device: z.string().nullable(),
  userAgent: z.string().nullable(),
  succeeded: z.boolean(),
  hostile: z.boolean(),
  risk: z.number().nullable(),
})

/** Everything needed to decide. */
const CaseDetail = CaseView.extend({
  signals: z.array(z.strictObject({ at: Time, kind: z.string(), says: z.string() })),
  attempts: z.array(Attempt),
  standing: z.strictObject({
    passwordUsable: z.boolean(),
    valueHeld: z.boolean(),
    heldUntil: Time.nullable(),
  }),
  comments: z.array(z.strictObject({ at: Time, author: z.string(), says: z.string() })),
  history: z.array(z.strictObject({ at: Time, kind: z.string(), actor: z.string() })),
  /** Other accounts that the sources of its hostile attempts attacked, and their cases. */
  cluster: z.array(
    z.strictObject({
      account: z.string(),
      case: z.string().nullable(),
      status: Status.nullable(),
      attempts: z.int(),
    }),
  ),
})

const Claim = z.strictObject({ case: CaseView, fence: Fence, leaseUntil: Time })

export const listCases = endpoint({
  method: 'get',
  path: '/v1/cases',
  summary: 'Cases in the order of the queue: the most urgent first',
  allow: 'case.read',
  query: PageQuery.extend({
    status: Status.default('open'),
    tier: Line(64).min(1).optional(),
  }),
  answers: { 200: pageOf(CaseView) },
})

export const readCase = endpoint({
  method: 'get',
  path: '/v1/cases/:id',
  summary: 'One case with everything needed to decide it',
  allow: 'case.read',
  params: IdPath,
  answers: { 200: CaseDetail },
  refuses: ['case_not_found'],
})

export const claimNext = endpoint({
  method: 'post',
  path: '/v1/cases/claim-next',
  summary: 'Claim the most urgent free case for 15 minutes; 204 when none waits',
  allow: 'case.decide',
  answers: { 200: Claim, 204: z.undefined() },
})

export const claimCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/claim',
  summary: 'Claim this case for 15 minutes',
  allow: 'case.decide',
  params: IdPath,
  answers: { 200: Claim },
  refuses: ['case_not_found', 'case_already_claimed'],
})

const held = ['case_not_found', 'lease_lost'] as const

export const heartbeatCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/heartbeat',
  summary: 'Still looking: the lease is 15 minutes again',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence }),
  answers: { 200: Claim },
  refuses: held,
})

export const releaseCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/release',
  summary: 'Give a claimed case back to the queue',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence }),
  answers: { 200: CaseView },
  refuses: held,
})

export const snoozeCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/snooze',
  summary: 'Put a claimed case aside for some minutes',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence, minutes: z.int().min(5).max(10_080) }),
  answers: { 200: CaseView },
  refuses: held,
})

export const commentCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/comments',
  summary: 'Say something about a case; it stays',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ says: Text(4_000) }),
  answers: { 201: z.strictObject({ at: Time, author: z.string(), says: z.string() }) },
  refuses: ['case_not_found'],
  creates: true,
})

export const decideCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/decision',
  summary: 'Decide a claimed case; the decision and what it does commit together',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({
    fence: Fence,
    decision: z.enum(DECISIONS),
    reason: z.enum(DECISION_REASONS),
    note: Text(4_000).optional(),
  }),
  answers: { 200: CaseView },
  refuses: [...held, 'step_up_required'],
})
