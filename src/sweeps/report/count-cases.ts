import { sum } from './checks.js'
import type { CaseGroup } from './facts.js'

/** The cases of a sweep: how many, how they stand, and what people decided. */
export type CountedCases = {
  total: number
  decided: number
  overdue: number
  byTier: { tier: string; status: string; cases: number; overdue: number }[]
  decisions: { decision: string; reason: string; cases: number }[]
}

export function countCases(groups: readonly CaseGroup[]): CountedCases {
  const decided = groups.filter(({ status }) => status === 'decided')
  return {
    total: sum(groups, ({ cases }) => cases),
    decided: sum(decided, ({ cases }) => cases),
    overdue: sum(groups, ({ overdue }) => overdue),
    byTier: alike(groups, ({ tier, status }) => `${tier} ${status}`).map(([first, ...others]) => ({
      tier: first.tier,
      status: first.status,
      cases: sum([first, ...others], ({ cases }) => cases),
      overdue: sum([first, ...others], ({ overdue }) => overdue),
    })),
    decisions: alike(decided, (each) => `${each.decision} ${each.decisionReason}`).map(
      ([first, ...others]) => ({
        decision: first.decision ?? '',
        reason: first.decisionReason ?? '',
        cases: sum([first, ...others], ({ cases }) => cases),
      }),
    ),
  }
}

/** Groups of what has the same key, in the order the keys first came. */
function alike<T>(things: readonly T[], keyOf: (thing: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const thing of things) {
    const group = groups.get(keyOf(thing))
    if (group) group.push(thing)
    else groups.set(keyOf(thing), [thing])
  }
  return [...groups.values()]
}
