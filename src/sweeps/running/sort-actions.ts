import type { Evidence } from '../../scoring/evidence.js'
import type { Policy } from '../../scoring/policy.js'
import { isHeldOnly, type Outcome, supersededBy, type Verdict } from '../decide.js'
import type { ActionToRun } from './store.js'

export type PlannedVerdict = Verdict & { evidence: Evidence }

type Done = { accountNo: bigint; accountId: string; verdict: PlannedVerdict }
/** A chunk's actions by what has to be done, each account under every effect it gets. */
export type SortedActions = {
  reset: Done[]
  review: Done[]
  /** Told of the exposure; not those who are told of their hold. */
  notify: Done[]
  heldOnly: Done[]
  superseded: {
    accountNo: bigint
    accountId: string
    why: 'already_reset' | 'second_factor_enrolled'
  }[]
  outcomes: { accountNo: bigint; outcome: Outcome; reason: string | null }[]
}

/**
 * Sorts planned actions by effect, setting aside those that facts have overtaken since the plan.
 * Exactly one outcome comes out per action that goes in.
 */
export function sortActions(
  actions: readonly ActionToRun[],
  verdicts: ReadonlyMap<number, PlannedVerdict>,
  policy: Policy,
): SortedActions {
  const sorted: SortedActions = {
    reset: [],
    review: [],
    notify: [],
    heldOnly: [],
    superseded: [],
    outcomes: [],
  }
  for (const action of actions) {
    const verdict = verdicts.get(action.verdictNo)
    if (!verdict) throw new Error(`The plan has no verdict ${action.verdictNo}`)
    sortOne(sorted, action, verdict, policy)
  }
  return sorted
}

function sortOne(
  sorted: SortedActions,
  action: ActionToRun,
  verdict: PlannedVerdict,
  policy: Policy,
): void {
  const { accountNo, accountId } = action
  const now = { secondFactor: action.secondFactorNow, resetSincePlan: action.resetSincePlan }
  const why = supersededBy(verdict, now, policy)
  if (why) {
    sorted.superseded.push({ accountNo, accountId, why })
    sorted.outcomes.push({ accountNo, outcome: 'superseded', reason: why })
    return
  }
  const done = { accountNo, accountId, verdict }
  for (const effect of ['reset', 'review'] as const) {
    if (verdict.effects.includes(effect)) sorted[effect].push(done)
  }
  if (isHeldOnly(verdict.effects)) sorted.heldOnly.push(done)
  else if (verdict.effects.includes('notify')) sorted.notify.push(done)
  sorted.outcomes.push({ accountNo, outcome: verdict.outcome, reason: null })
}
