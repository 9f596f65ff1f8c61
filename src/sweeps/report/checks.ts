import { askedFor } from '../approve.js'
import { isHeldOnly } from '../decide.js'
import type { ActionGroup, ReportFacts } from './facts.js'

/**
 * One equation of the report, evaluated. `left` and `right` were counted in different places, so
 * that a lost or doubled row shows. `invariant` is its number in the design, where it has one.
 */
export type Check = {
  name: string
  invariant?: 'I1' | 'I3' | 'I4' | 'I8' | 'I10'
  relation: 'equals' | 'at_least'
  left: number
  right: number
  holds: boolean
}

type Named = Pick<Check, 'name' | 'invariant'>
const equal = (named: Named, left: number, right: number): Check => ({
  ...named,
  relation: 'equals',
  left,
  right,
  holds: left === right,
})

/** Every equation that can be asked of the sweep in its present state. */
export function checksOf(facts: ReportFacts): Check[] {
  if (!facts.sweep.counts) return []
  return [
    ...exposureChecks(facts, facts.sweep.counts),
    ...planChecks(facts, facts.sweep.counts),
    ...outcomeChecks(facts),
    ...effectChecks(facts),
    ...approvalChecks(facts),
  ]
}

type Counts = NonNullable<ReportFacts['sweep']['counts']>

function exposureChecks({ lists }: ReportFacts, counts: Counts): Check[] {
  const { entries, exposed, duplicates, matched, unknown, rejected } = counts
  const inLists = sum(lists, (list) => list.entries)
  return [
    equal({ name: 'entries in the lists = entries the plan counted' }, inLists, entries),
    equal({ name: 'entries = exposed + duplicates' }, entries, exposed + duplicates),
    equal(
      { name: 'exposed = matched + unknown + rejected' },
      exposed,
      matched + unknown + rejected,
    ),
  ]
}

function planChecks({ groups }: ReportFacts, counts: Counts): Check[] {
  const { accounts, byTier, histogram } = counts
  const inTier = (tier: string) => accountsIn(groups, (group) => group.tier === tier)
  const inBand = (band: number) =>
    accountsIn(groups, ({ score }) => Math.floor(score / 10) === band)
  const sameTier = sum(Object.entries(byTier), ([tier, planned]) => Math.min(planned, inTier(tier)))
  const sameBand = sum([...histogram.entries()], ([band, planned]) =>
    Math.min(planned, inBand(band)),
  )
  return [
    equal({ name: 'accounts as approved = accounts in the stored plan' }, accounts, all(groups)),
    equal({ name: 'accounts = accounts whose tier is as approved' }, accounts, sameTier),
    equal({ name: 'accounts = accounts whose score is as approved' }, accounts, sameBand),
  ]
}

function outcomeChecks({ sweep, groups, outcomeRows, chunks }: ReportFacts): Check[] {
  const notYet = sum(chunks, ({ phase, accounts, accountsDone }) =>
    phase === 'hold' ? 0 : accounts - accountsDone,
  )
  const name = 'accounts = outcomes + accounts in steps not run yet'
  const complete = equal({ name, invariant: 'I1' }, all(groups), outcomeRows + notYet)
  const resets = groups.filter(({ planned }) => planned === 'reset_ordered')
  const kept = 'resets approved = resets ordered + superseded + not yet'
  const end = { ordered: 'reset_ordered', superseded: 'superseded', notYet: null } as const
  const ended = sum(Object.values(end), (as) => accountsIn(resets, ({ outcome }) => outcome === as))
  const every = [complete, equal({ name: kept }, sweep.resets ?? 0, ended)]
  if (sweep.status !== 'finished') return every
  return [
    ...every,
    equal({ name: 'finished: accounts = outcomes', invariant: 'I1' }, all(groups), outcomeRows),
  ]
}

function effectChecks({ groups, resets, mails, cases, audited }: ReportFacts): Check[] {
  const ordered = accountsIn(groups, ({ outcome }) => outcome === 'reset_ordered')
  const superseded = accountsIn(groups, ({ outcome }) => outcome === 'superseded')
  const ofRun = resets.filter(({ byRun }) => byRun)
  const opened = cases.filter(({ byRun }) => byRun)
  const mailed = (purpose: string) =>
    sum(mails, (group) => (group.purpose === purpose ? group.mails : 0))
  const auditRows = (kind: string) => audited.find((group) => group.kind === kind)?.rows ?? 0
  return [
    equal(
      { name: 'resets ordered = resets stored with them in one transaction', invariant: 'I3' },
      ordered,
      sum(ofRun, (group) => group.resets),
    ),
    equal(
      { name: 'resets ordered = reset mails, in whatever state', invariant: 'I4' },
      ordered,
      mailed('reset'),
    ),
    equal(
      { name: 'accounts to notify = notices, in whatever state', invariant: 'I4' },
      accountsIn(groups, (group) => wasDone(group, 'notify') && !isHeldOnly(group.effects)),
      mailed('notice'),
    ),
    equal(
      { name: 'accounts held and not reset = mails about a hold', invariant: 'I4' },
      accountsIn(groups, (group) => wasDone(group, 'hold') && isHeldOnly(group.effects)),
      mailed('hold'),
    ),
    equal(
      { name: 'accounts to review = cases opened with their outcome' },
      accountsIn(groups, (group) => wasDone(group, 'review')),
      sum(opened, (group) => group.cases),
    ),
    equal(
      { name: 'resets ordered = audit rows of resets ordered', invariant: 'I8' },
      ordered,
      auditRows('reset.ordered'),
    ),
    equal(
      { name: 'superseded = audit rows of superseded actions', invariant: 'I8' },
      superseded,
      auditRows('sweep.action_superseded'),
    ),
  ]
}

/** Nothing runs without the approvals for exactly this digest (I10). */
function approvalChecks({ sweep, approvals }: ReportFacts): Check[] {
  if (!sweep.startedAt) return []
  const valid = approvals.filter(
    ({ approver, planDigest, expectedResets }) =>
      planDigest === sweep.planDigest &&
      expectedResets === sweep.resets &&
      !askedFor(approver, sweep),
  ).length
  const needed = sweep.approvalsNeeded ?? 0
  const name = 'approvals for exactly this plan ≥ approvals needed'
  const holds = valid >= needed
  return [{ name, invariant: 'I10', relation: 'at_least', left: valid, right: needed, holds }]
}

const wasDone = ({ outcome, effects }: ActionGroup, effect: ActionGroup['effects'][number]) =>
  outcome !== null && outcome !== 'superseded' && effects.includes(effect)

export const accountsIn = (
  groups: readonly ActionGroup[],
  belongs: (group: ActionGroup) => boolean,
): number => sum(groups, (group) => (belongs(group) ? group.accounts : 0))

const all = (groups: readonly ActionGroup[]) => accountsIn(groups, () => true)

export const sum = <T>(things: readonly T[], numberOf: (thing: T) => number): number =>
  things.reduce((total, thing) => total + numberOf(thing), 0)
