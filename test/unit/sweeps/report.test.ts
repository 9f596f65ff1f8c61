import type { ReportFacts } from '../../../src/sweeps/report/facts.js'
import { buildReport } from '../../../src/sweeps/report/report.js'
import { sweepFacts, sweepRow } from './report-facts.js'

const report = (over: Partial<ReportFacts> = {}) => buildReport(sweepFacts(over))
const failing = (over: Partial<ReportFacts>) =>
  report(over)
    .checks.filter(({ holds }) => !holds)
    .map(({ name }) => name)
const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

describe('the numbers of a finished sweep', () => {
  const { exposure, accounts, byTier, byOutcome, histogram, tiers, resets, cases } = report()

  test('exposed = matched + unknown + rejected, and entries = exposed + duplicates', () => {
    expect(exposure.exposed).toBe(exposure.matched + exposure.unknown + exposure.rejected)
    expect(exposure.entries).toBe(exposure.exposed + exposure.duplicates)
  })
  test('tiers, outcomes and score bands each add up to the accounts', () => {
    expect(accounts).toEqual({ planned: 23_000, equivalent: 200, done: 23_000, notYet: 0 })
    expect(total(byTier)).toBe(23_000)
    expect(total(byOutcome)).toBe(23_000)
    expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(23_000)
  })
  test('each tier adds up to its own outcomes', () => {
    for (const { accounts: all, outcomes } of tiers) expect(total(outcomes)).toBe(all)
  })
  test('what became of the resets adds up to the resets ordered', () => {
    expect(resets.waiting + resets.completed + resets.cancelled).toBe(resets.ordered)
  })
  test('cases are counted once, whatever was decided', () => {
    expect(cases).toMatchObject({ total: 1_900, decided: 216, overdue: 0 })
    expect(cases.decisions).toContainEqual({
      decision: 'keep_reset',
      reason: 'attack_failed',
      cases: 196,
    })
  })
  test('a score of 100 has a band of its own', () => expect(histogram[10]).toBe(900))
})

describe('checks', () => {
  test('all hold when nothing was lost', () => {
    expect(failing({})).toEqual([])
    expect(report().checks).toHaveLength(17)
  })

  test.each<[string, Partial<ReportFacts>, string[]]>([
    [
      'a lost outcome',
      { outcomeRows: 22_999 },
      ['accounts = outcomes + accounts in steps not run yet', 'finished: accounts = outcomes'],
    ],
    [
      'a list that grew after the plan',
      { lists: sweepFacts().lists.map((list) => ({ ...list, entries: 30_001 })) },
      ['entries in the lists = entries the plan counted'],
    ],
    [
      'a reset that was not stored',
      { resets: sweepFacts().resets.slice(0, 2) },
      ['resets ordered = resets stored with them in one transaction'],
    ],
    [
      'a mail staged twice',
      { mails: [...sweepFacts().mails, { ...sweepFacts().mails[0]!, status: 'staged', mails: 1 }] },
      ['resets ordered = reset mails, in whatever state'],
    ],
    [
      'an account nobody told',
      { mails: sweepFacts().mails.filter(({ purpose }) => purpose !== 'notice') },
      ['accounts to notify = notices, in whatever state'],
    ],
    [
      'a case that was not opened',
      { cases: sweepFacts().cases.slice(1) },
      ['accounts to review = cases opened with their outcome'],
    ],
    [
      'a change without its audit row',
      { audited: [] },
      [
        'resets ordered = audit rows of resets ordered',
        'superseded = audit rows of superseded actions',
      ],
    ],
    [
      'a score changed after approval',
      { groups: sweepFacts().groups.map((each, no) => (no === 1 ? { ...each, score: 60 } : each)) },
      ['accounts = accounts whose score is as approved'],
    ],
    [
      'an approval of another plan',
      { approvals: sweepFacts().approvals.map((each) => ({ ...each, planDigest: 'other' })) },
      ['approvals for exactly this plan ≥ approvals needed'],
    ],
    [
      'the requester approving their own plan',
      { sweep: sweepRow({ requestedBy: 'staff:mina' }) },
      ['approvals for exactly this plan ≥ approvals needed'],
    ],
  ])('%s is found', (_what, over, names) => expect(failing(over)).toEqual(names))

  test('a case or reset that people added later is no fault', () => {
    const { resets, cases } = sweepFacts()
    const later = {
      resets: [...resets, { ...resets[0]!, byRun: false, resets: 3 }],
      cases: [...cases, { ...cases[0]!, byRun: false, cases: 2 }],
    }
    expect(failing(later)).toEqual([])
    expect(report(later).resets).toMatchObject({ ordered: 11_900, orderedLater: 3 })
  })

  test('a sweep that still runs adds up with what is not done yet', () => {
    const [attacked, ...others] = sweepFacts().groups
    const running = {
      sweep: sweepRow({ status: 'running', finishedAt: null }),
      groups: [attacked!, ...others.map((group) => ({ ...group, outcome: null, reason: null }))],
      outcomeRows: 900,
      chunks: sweepFacts().chunks.map((each) =>
        each.phase === 'act' ? { ...each, chunksDone: 1, accountsDone: 850 } : each,
      ),
      resets: [{ ...sweepFacts().resets[0]!, resets: 900 }],
      mails: [{ ...sweepFacts().mails[0]!, mails: 900 }],
      cases: sweepFacts().cases.slice(0, 3),
      audited: [{ kind: 'reset.ordered', rows: 900 }],
    }
    expect(failing(running)).toEqual([])
    expect(report(running).accounts).toMatchObject({ done: 900, notYet: 22_100 })
    expect(report(running).tiers[1]?.outcomes).toMatchObject({ reset_ordered: 900, not_yet: 0 })
  })

  test('there is nothing to check without a plan', () => {
    const sweep = sweepRow({ status: 'failed', counts: null, planDigest: null, startedAt: null })
    expect(report({ sweep, groups: [] }).checks).toEqual([])
    expect(report({ sweep, groups: [] }).exposure.entries).toBe(0)
  })
})

describe('the funnel', () => {
  test('goes from what was exposed to new passwords', () => {
    expect(report().funnel.map(({ step, count }) => [step, count])).toEqual([
      ['exposed', 28_000],
      ['matched', 23_000],
      ['held', 12_000],
      ['reset_ordered', 11_900],
      ['mailed', 11_890],
      ['completed', 3_480],
    ])
  })
})

describe('superseded actions', () => {
  test('are counted by the fact that overtook them', () => {
    expect(report().superseded.map(({ code, count }) => [code, count])).toEqual([
      ['already_reset', 40],
      ['second_factor_enrolled', 60],
    ])
  })
})

describe('mail', () => {
  test('accepted by the embedded mailbox tells nobody', () => {
    const { mail } = report({ transport: 'embedded_mailbox' })
    expect(mail.toldOutside).toBe(false)
    expect(mail.says).toContain('nobody outside was told')
  })
  test('accepted by a server outside tells somebody', () => {
    expect(report().mail.toldOutside).toBe(true)
    expect(report({ mails: [] }).mail.toldOutside).toBe(false)
  })
})

describe('the timeline', () => {
  const kinds = (over: Partial<ReportFacts> = {}) => report(over).timeline.map(({ kind }) => kind)

  test('tells what happened in order, with who did it', () => {
    expect(kinds()).toEqual([
      'occurred',
      'detected',
      'sweep.requested',
      'sweep.planned',
      'sweep.approved',
      'sweep.approved',
      'sweep.started',
      'holds_done',
      'canary_done',
      'mail_accepted_first',
      'accounts_done',
      'sweep.finished',
      'reset_completed_first',
      'mail_accepted_latest',
      'reset_completed_latest',
    ])
    expect(report().timeline[4]).toMatchObject({ says: 'Plan approved', who: 'staff:mina' })
  })
  test('says nothing about a phase that is not complete', () => {
    const chunks = sweepFacts().chunks.map((each) => ({ ...each, chunksDone: each.chunks - 1 }))
    expect(kinds({ chunks })).not.toContain('holds_done')
  })
  test('gives the reason of a stop', () => {
    const reason = 'stopped at the terminal'
    const stop = {
      kind: 'sweep.paused',
      actor: 'os:ana',
      reason,
      at: new Date('2019-11-01T08:00Z'),
    }
    expect(report({ events: [stop] }).timeline).toContainEqual(
      expect.objectContaining({ says: `Sweep paused: ${reason}`, who: 'os:ana' }),
    )
  })
  test('measures its spans, and none whose end has not happened', () => {
    expect(report().durations).toEqual({
      planningSeconds: 9,
      approvalSeconds: 1_194,
      runSeconds: 41.1,
      detectionToHoldsSeconds: 2_844.2,
      detectionToFinishSeconds: 2_881.1,
    })
    expect(report({ events: [], chunks: [] }).durations.runSeconds).toBeNull()
  })
  test('the regulator is told within 72 hours of noticing', () => {
    expect(report().incident.regulatorDeadlineAt).toEqual(new Date('2019-11-04T07:12:40Z'))
  })
})

test('the report is plain JSON', () => {
  const json = JSON.parse(JSON.stringify(report()))
  expect(json).toMatchObject({
    asOf: '2019-11-04T09:00:00.000Z',
    sweep: {
      fourEyes: true,
      requestedBy: 'staff:ana',
      approvals: [{ approver: 'staff:mina' }, {}],
    },
    byTier: { attacked: 900 },
  })
})
