import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import type { ActionGroup, MailGroup, ReportFacts } from '../../../src/sweeps/report/facts.js'

const at = (time: string) => new Date(`2019-11-${time}Z`)

const group = (over: Partial<ActionGroup>): ActionGroup => ({
  score: 0,
  tier: 'listed',
  reasons: [],
  effects: ['notify'],
  planned: 'notified',
  outcome: 'notified',
  reason: null,
  accounts: 1,
  ...over,
})

const reset = (over: Partial<ActionGroup>) =>
  group({
    score: 70,
    tier: 'unprotected',
    reasons: ['no_second_factor', 'nonzero_balance'],
    effects: ['hold', 'reset'],
    planned: 'reset_ordered',
    outcome: 'reset_ordered',
    ...over,
  })

const attacked = { score: 100, tier: 'attacked', effects: ['hold', 'reset', 'review'] as const }

/** A finished sweep whose numbers all add up: 23,000 accounts of 30,000 entries. */
export function sweepFacts(over: Partial<ReportFacts> = {}): ReportFacts {
  return {
    asOf: at('04T09:00:00'),
    transport: 'smtp',
    incident: {
      id: 'inc_7k2m9x4c1qhz8dtv',
      title: 'Addresses visible in To: of the index mail',
      kind: 'addresses_exposed',
      occurredAt: at('01T06:00:12'),
      detectedAt: at('01T07:12:40'),
    },
    sweep: sweepRow(),
    policy: {
      sha256: 'b1'.repeat(32),
      tiers: DEFAULT_POLICY.tiers,
      rules: DEFAULT_POLICY.rules,
    },
    lists: [
      {
        id: 'lst_1',
        name: 'index-mail-batches.mbox',
        format: 'mbox',
        sha256: 'c4'.repeat(32),
        entries: 30_000,
        accepted: 27_900,
        duplicates: 2_000,
        rejected: 100,
      },
    ],
    approvals: ['staff:mina', 'staff:joao'].map((approver, index) => ({
      approver,
      planDigest: 'd9'.repeat(32),
      expectedResets: 12_000,
      at: at(`01T07:5${index}:03`),
    })),
    groups: actionGroups(),
    outcomeRows: 23_000,
    holdsApplied: 12_000,
    chunks: [
      phase('hold', 12_000, 2, at('01T08:00:04.2')),
      phase('canary', 50, 1, at('01T08:00:05.1')),
      phase('act', 22_950, 10, at('01T08:00:41')),
    ],
    resets: [
      resets('ordered', 8_400, 900),
      resets('completed', 3_480, 3_480, [at('01T08:03:11'), at('04T08:41:19')]),
      resets('cancelled', 20, 4),
    ],
    accountsCompleted: 3_480,
    mails: [
      mails('reset', 'accepted', 11_890, [at('01T08:00:09'), at('01T08:19:55')]),
      mails('reset', 'rejected', 8),
      mails('reset', 'unknown', 2),
      mails('notice', 'accepted', 10_000, [at('01T08:02:00'), at('01T08:24:12')]),
      mails('confirmation', 'accepted', 3_480, [at('01T08:03:12'), at('04T08:41:20')]),
    ],
    mailRun: {
      seeds: 0,
      begunAt: at('01T08:00:00'),
      endedAt: at('01T08:24:13'),
      waiting: 0,
    },
    waves: [
      wave(0, 50, [at('01T08:00:05'), at('01T08:00:09')]),
      wave(1, 2_190, [at('01T08:10:09'), at('01T08:12:00')]),
      wave(2, 19_660, [at('01T08:12:01'), at('01T08:24:12')]),
    ],
    cases: [
      cases('attacked', 'open', 700),
      cases('attacked', 'claimed', 4),
      cases('attacked', 'decided', 196, ['keep_reset', 'attack_failed']),
      cases('targeted', 'decided', 20, ['release', 'false_alarm']),
      cases('targeted', 'open', 780),
      cases('unprotected', 'open', 200),
    ],
    events: [
      event('sweep.requested', 'staff:ana', '01T07:31:00'),
      event('sweep.planned', 'staff:ana', '01T07:31:09'),
      event('sweep.approved', 'staff:mina', '01T07:50:03'),
      event('sweep.approved', 'staff:joao', '01T07:51:03'),
      event('sweep.started', 'staff:ana', '01T08:00:00'),
      event('sweep.finished', 'cordon', '01T08:00:41.1'),
    ],
    audited: [
      { kind: 'account.held', rows: 11_950 },
      { kind: 'account.released', rows: 60 },
      { kind: 'reset.ordered', rows: 11_900 },
      { kind: 'sweep.action_superseded', rows: 100 },
    ],
    ...over,
  }
}

export const sweepRow = (over: Partial<ReportFacts['sweep']> = {}): ReportFacts['sweep'] => ({
  id: 'swp_0123456789abcdef',
  status: 'finished',
  statusReason: null,
  policyVersion: 'exposed-addresses@1',
  mailRevision: 'e2'.repeat(32),
  windowStart: at('01T00:00:00'),
  planDigest: 'd9'.repeat(32),
  counts: {
    entries: 30_000,
    duplicates: 2_000,
    exposed: 28_000,
    matched: 22_800,
    unknown: 5_100,
    rejected: 100,
    accounts: 23_000,
    equivalent: 200,
    byTier: { attacked: 900, unprotected: 11_300, targeted: 800, listed: 10_000 },
    byOutcome: { reset_ordered: 12_000, review_opened: 1_000, notified: 10_000 },
    histogram: [10_000, 0, 0, 0, 0, 0, 0, 12_100, 0, 0, 900],
  },
  resets: 12_000,
  forecast: {
    mails: 21_900,
    p50Seconds: 1_400,
    p95Seconds: 1_500,
    slowest: 'yahoo',
    lanes: [
      { lane: 'yahoo', mails: 3_000, p50Seconds: 1_400, p95Seconds: 1_500 },
      { lane: 'google', mails: 18_900, p50Seconds: 900, p95Seconds: 950 },
    ],
    others: null,
    waves: [50, 2_190, 19_660],
    holdSeconds: 600,
    seeds: 0,
  },
  approvalsNeeded: 2,
  fourEyes: true,
  requestedBy: 'staff:ana',
  keyMaker: null,
  createdAt: at('01T07:31:00'),
  plannedAt: at('01T07:31:09'),
  startedAt: at('01T08:00:00'),
  finishedAt: at('01T08:00:41.1'),
  ...over,
})

const actionGroups = (): ActionGroup[] => [
  reset({ ...attacked, effects: [...attacked.effects], accounts: 900 }),
  reset({ accounts: 11_000 }),
  reset({ accounts: 60, outcome: 'superseded', reason: 'second_factor_enrolled' }),
  reset({ accounts: 40, outcome: 'superseded', reason: 'already_reset' }),
  reset({
    accounts: 200,
    reasons: ['no_second_factor', 'nonzero_balance', 'address_only_equivalent'],
    effects: ['review'],
    planned: 'review_opened',
    outcome: 'review_opened',
  }),
  group({
    score: 70,
    tier: 'targeted',
    effects: ['review'],
    planned: 'review_opened',
    outcome: 'review_opened',
    accounts: 800,
  }),
  group({ accounts: 10_000 }),
]

const phase = (
  name: 'hold' | 'canary' | 'act',
  accounts: number,
  chunks: number,
  lastDoneAt: Date,
) => ({
  phase: name,
  chunks,
  chunksDone: chunks,
  accounts,
  accountsDone: accounts,
  failures: 0,
  lastDoneAt,
})

type Span = [Date | null, Date | null]

const resets = (
  status: 'ordered' | 'completed' | 'cancelled',
  count: number,
  opened: number,
  [firstCompletedAt, lastCompletedAt]: Span = [null, null],
) => ({ byRun: true, status, resets: count, opened, firstCompletedAt, lastCompletedAt })

const mails = (
  purpose: MailGroup['purpose'],
  status: MailGroup['status'],
  count: number,
  [firstAcceptedAt, lastAcceptedAt]: Span = [null, null],
) => ({ purpose, status, mails: count, firstAcceptedAt, lastAcceptedAt })

const wave = (no: number, count: number, [releasedAt, lastAcceptedAt]: [Date, Date]) => ({
  no,
  mails: count,
  accepted: count,
  refused: 0,
  releasedAt,
  verifiedAt: lastAcceptedAt,
  stoppedAt: null,
  stopReason: null,
  lastAcceptedAt,
})

const cases = (
  tier: string,
  status: string,
  count: number,
  [decision, decisionReason]: [string | null, string | null] = [null, null],
) => ({ byRun: true, tier, status, decision, decisionReason, cases: count, overdue: 0 })

const event = (kind: string, actor: string, time: string) => ({
  kind,
  actor,
  reason: null,
  at: at(time),
})
