import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath, PageQuery, pageOf, Text, Time } from './shapes.js'

const Status = z.enum(['open', 'snoozed', 'claimed', 'awaiting_second', 'decided'])
const Decision = z.enum(['release', 'keep_reset', 'reset', 'lock', 'confirm_takeover'])
const Reason = z.enum([
  'owner_confirmed',
  'false_alarm',
  'attack_failed',
  'attack_succeeded',
  'cannot_tell',
  'duplicate',
])
const Fence = z.int().nonnegative()
const Note = Text(4_000)
const Word = z.string().regex(/^[a-z][a-z_]{0,63}$/)
const Somebody = z.strictObject({ actor: z.string(), name: z.string().nullable() })
const MANY = 200
/** A long note, and ids of the longest kind. */
const MANY_BYTES = 128 * 1024

/**
 * A case as the queue shows it. `value` says how the account's value compares with the limit above
 * which two reviewers release it, never how much it is.
 */
export const CaseView = z.strictObject({
  id: z.string(),
  account: z.string(),
  status: Status,
  tier: z.string(),
  priority: z.enum(['critical', 'high', 'normal']),
  score: z.int(),
  because: z.array(z.string()),
  value: z.enum(['zero', 'unknown', 'below_limit', 'above_limit']),
  openedAt: Time,
  sla: z.strictObject({ dueAt: Time, state: z.enum(['ok', 'due_soon', 'breached']) }),
  snoozedUntil: Time.nullable(),
  heldBy: Somebody.extend({ until: Time }).nullable(),
  /** By a reviewer, or by `cordon` when nobody decided it for much too long. */
  escalated: z.strictObject({ by: Somebody, at: Time }).nullable(),
  proposal: z
    .strictObject({
      by: Somebody,
      fence: Fence,
      decision: Decision,
      reason: Reason,
      note: z.string().nullable(),
    })
    .nullable(),
  decided: z
    .strictObject({
      by: Somebody,
      proposedBy: Somebody.nullable(),
      at: Time,
      decision: Decision,
      reason: Reason,
      note: z.string().nullable(),
    })
    .nullable(),
})

const ClaimView = z.strictObject({ case: CaseView, fence: Fence, leaseUntil: Time })

const LoginView = z.strictObject({
  at: Time,
  outcome: z.enum(['success', 'failure']),
  isHostile: z.boolean(),
  /** A failure from a place that is established as the account's own. */
  isFamiliar: z.boolean(),
  ip: z.string(),
  country: z.string().nullable(),
  asn: z.string().nullable(),
  listed: z.string().nullable(),
  device: z.string().nullable(),
  userAgent: z.string().nullable(),
  reason: z.string().nullable(),
  /** How much likelier it is somebody else's than the owner's; only of logins that worked. */
  risk: z.number().nullable(),
})

const CommentView = z.strictObject({ by: Somebody, says: z.string(), at: Time })

/** Everything needed to decide. `fence` is the newest claim's. */
export const CaseDetail = CaseView.extend({
  fence: Fence,
  sweep: z.string().nullable(),
  reasons: z.array(z.strictObject({ code: z.string(), says: z.string() })),
  signals: z.array(z.strictObject({ kind: z.string(), at: Time, says: z.string() })),
  logins: z.array(LoginView),
  exposure: z.array(
    z.strictObject({
      incident: z.string(),
      list: z.string(),
      batch: z.int(),
      label: z.string().nullable(),
      at: Time.nullable(),
      /** False: what was exposed is only an alias of the account's address. */
      isSameAddress: z.boolean(),
    }),
  ),
  standing: z.strictObject({
    status: z.string(),
    passwordUsable: z.boolean(),
    resetRequired: z.boolean(),
    valueHeld: z.boolean(),
    heldUntil: Time.nullable(),
    sessionEpoch: z.int(),
  }),
  resets: z.array(
    z.strictObject({
      status: z.string(),
      orderedAt: Time,
      openedAt: Time.nullable(),
      completedAt: Time.nullable(),
    }),
  ),
  mails: z.array(
    z.strictObject({
      id: z.string(),
      purpose: z.string(),
      status: z.string(),
      stagedAt: Time,
      acceptedAt: Time.nullable(),
      reply: z.string().nullable(),
    }),
  ),
  comments: z.array(CommentView),
  earlier: z.array(CaseView),
  /** Other accounts that the same sources attacked, with what is still to be decided about them. */
  cluster: z.array(
    z.strictObject({
      account: z.string(),
      sources: z.int(),
      attempts: z.int(),
      wasEntered: z.boolean(),
      lastAt: Time,
      case: z.strictObject({ id: z.string(), status: Status, tier: z.string() }).nullable(),
    }),
  ),
  may: z.array(
    z.enum(['claim', 'heartbeat', 'release', 'snooze', 'escalate', 'decide', 'confirm', 'comment']),
  ),
})

export const listCases = endpoint({
  method: 'get',
  path: '/v1/cases',
  summary: 'Cases in the order of the queue: urgency, escalated ones first, score, value, deadline',
  allow: 'case.read',
  query: PageQuery.extend({
    status: Status.optional(),
    tier: Word.optional(),
    escalated: z.literal('only').optional(),
  }),
  answers: { 200: pageOf(CaseView) },
})

export const readCase = endpoint({
  method: 'get',
  path: '/v1/cases/:id',
  summary: 'One case with everything needed to decide it; that it was read is recorded',
  allow: 'case.read',
  params: IdPath,
  answers: { 200: CaseDetail },
  refuses: ['case_not_found'],
})

export const claimNextCase = endpoint({
  method: 'post',
  path: '/v1/cases/claim-next',
  summary: 'Hold the most urgent free case for 15 minutes; 204 when none waits',
  allow: 'case.decide',
  answers: { 200: ClaimView, 204: z.undefined() },
})

export const claimCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/claim',
  summary: 'Hold one case for 15 minutes',
  allow: 'case.decide',
  params: IdPath,
  answers: { 200: ClaimView },
  refuses: ['case_not_found', 'case_already_claimed'],
})

export const heartbeatCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/heartbeat',
  summary: 'Hold a claimed case for 15 minutes from now',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence }),
  answers: { 200: z.strictObject({ fence: Fence, leaseUntil: Time }) },
  refuses: ['case_not_found', 'lease_lost'],
})

export const releaseCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/release',
  summary: 'Give a claimed case back to the queue',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence }),
  answers: { 204: z.undefined() },
  refuses: ['case_not_found', 'lease_lost'],
})

export const snoozeCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/snooze',
  summary: 'Put a claimed case aside, for five minutes to a week',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence, minutes: z.int().min(5).max(10_080) }),
  answers: { 204: z.undefined() },
  refuses: ['case_not_found', 'lease_lost'],
})

export const escalateCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/escalate',
  summary:
    'Give a claimed case back for other eyes, with why as a comment: it goes before all of its urgency',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence, says: Note }),
  answers: { 204: z.undefined() },
  refuses: ['case_not_found', 'lease_lost'],
})

export const commentCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/comments',
  summary: 'Say something about a case; it cannot be changed afterwards',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ says: Note }),
  answers: { 201: CommentView },
  refuses: ['case_not_found'],
  creates: true,
})

const Decided = { decision: Decision, reason: Reason, note: Note.optional() }

export const decideCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/decision',
  summary:
    'Decide a claimed case. Releasing wants a fresh second factor, and much value a second reviewer: then it is a proposal',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ fence: Fence, ...Decided }),
  answers: { 200: CaseView },
  refuses: ['case_not_found', 'lease_lost'],
})

export const confirmCase = endpoint({
  method: 'post',
  path: '/v1/cases/:id/confirmation',
  summary:
    'Answer another reviewer’s proposal: it is decided, or the case is open again. With `fence` only the proposal that was read',
  allow: 'case.decide',
  params: IdPath,
  body: z.strictObject({ agrees: z.boolean(), note: Note.optional(), fence: Fence.optional() }),
  answers: { 200: CaseView },
  refuses: ['case_not_found', 'illegal_transition'],
})

export const decideCases = endpoint({
  method: 'post',
  path: '/v1/cases/decisions',
  summary:
    'Decide many free cases alike, each by the rules for one; the answer says what became of each',
  allow: 'case.decide',
  body: z.strictObject({ cases: z.array(IdPath.shape.id).min(1).max(MANY), ...Decided }),
  limit: MANY_BYTES,
  answers: {
    200: z.strictObject({
      results: z.array(
        z.strictObject({
          id: z.string(),
          result: z.enum([
            'decided',
            'awaiting_second',
            'already_claimed',
            'already_decided',
            'already_proposed',
            'snoozed',
            'not_found',
            'failed',
          ]),
        }),
      ),
    }),
  },
})
