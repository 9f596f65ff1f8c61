import { cutPoints } from '../../scoring/assess.js'
import type { Evidence, NumericFact } from '../../scoring/evidence.js'
import type { Policy } from '../../scoring/policy.js'
import { decide, type Outcome, type Verdict } from '../decide.js'
import type { Cuts, JudgedKind, KindRow, PlanCounts } from './store.js'

/** Where the policy changes its mind about each counted fact. */
export const cutsOf = (policy: Policy): Cuts => ({
  hostileAttempts: cutPoints(policy, 'hostileAttempts'),
  hostileSuccesses: cutPoints(policy, 'hostileSuccesses'),
  hostileSources: cutPoints(policy, 'hostileSources'),
  batches: cutPoints(policy, 'batches'),
})

/** Judges each distinct kind of account once; every account of the kind shares the verdict. */
export function judgeKinds<Kind extends KindRow>(
  kinds: readonly Kind[],
  cuts: Cuts,
  policy: Policy,
): JudgedKind<Kind>[] {
  return kinds.map((kind, index) => {
    const evidence = evidenceOf(kind, cuts)
    return { no: index + 1, kind, evidence, verdict: decide(evidence, policy) }
  })
}

/** The smallest member of the kind: its counts are the cut points the kind starts at. */
function evidenceOf(kind: KindRow, cuts: Cuts): Evidence {
  const floor = (fact: NumericFact, bucket: number) => cuts[fact][bucket - 1] ?? 0
  return {
    match: kind.equal ? 'equal' : 'equivalent',
    secondFactor: kind.second_factor,
    balance: kind.balance,
    hostileAttempts: floor('hostileAttempts', kind.attempts_kind),
    hostileSuccesses: floor('hostileSuccesses', kind.successes_kind),
    hostileSources: floor('hostileSources', kind.sources_kind),
    batches: floor('batches', kind.batches_kind),
    passwordChangedSinceExposure: kind.password_changed,
    resetSinceExposure: kind.reset_since,
  }
}

type Counted = { accounts: number; verdict: Verdict; match: Evidence['match'] }

/** Folds accounts per verdict into the numbers an approver reads. */
export function countPlan(counted: readonly Counted[]): PlanCounts {
  const histogram = Array.from({ length: 11 }, () => 0)
  const byTier: Record<string, number> = {}
  const byOutcome: Partial<Record<Outcome, number>> = {}
  for (const { accounts, verdict } of counted) {
    const band = Math.floor(verdict.score / 10)
    histogram[band] = (histogram[band] ?? 0) + accounts
    byTier[verdict.tier] = (byTier[verdict.tier] ?? 0) + accounts
    byOutcome[verdict.outcome] = (byOutcome[verdict.outcome] ?? 0) + accounts
  }
  const sum = (some: readonly Counted[]) =>
    some.reduce((total, { accounts }) => total + accounts, 0)
  const equivalent = sum(counted.filter(({ match }) => match === 'equivalent'))
  return { accounts: sum(counted), equivalent, byTier, byOutcome, histogram }
}
