import { type Evidence, NUMERIC_FACTS, type NumericFact } from './evidence.js'
import type { Condition, Policy, Range, Tier } from './policy.js'

/** Evidence judged by a policy. `score` is 0–100, `reasons` are the codes of the rules that applied. */
export type Assessment = { score: number; reasons: string[]; tier: Tier }

/** Judges one account (design §3): points of every rule that applies, first tier whose condition holds. */
export function assess(evidence: Evidence, policy: Policy): Assessment {
  const hits = policy.rules.filter((rule) => holds(rule.when, evidence))
  const points = hits.reduce((sum, rule) => sum + rule.points, 0)
  const tier = policy.tiers.find((candidate) => holds(candidate.when, evidence))
  if (!tier) throw new Error('A validated policy has a tier for everybody')
  return {
    score: Math.min(100, Math.max(0, points)),
    reasons: hits.map((rule) => rule.code),
    tier,
  }
}

/** True when every part of the condition is true of the evidence; an empty condition always is. */
export function holds(when: Condition, evidence: Evidence): boolean {
  return (
    (when.secondFactor?.includes(evidence.secondFactor) ?? true) &&
    (when.balance?.includes(evidence.balance) ?? true) &&
    (when.passwordChangedSinceExposure ?? evidence.passwordChangedSinceExposure) ===
      evidence.passwordChangedSinceExposure &&
    NUMERIC_FACTS.every((fact) => isWithin(when[fact], evidence[fact]))
  )
}

const isWithin = (range: Range | undefined, value: number) =>
  value >= (range?.atLeast ?? 0) && value < (range?.below ?? Number.POSITIVE_INFINITY)

/**
 * The values of a numeric fact at which some condition of the policy changes its mind, ascending.
 * Two counts between the same neighbours are the same to the policy, so a million accounts fall
 * into a few dozen kinds and each kind is judged once.
 */
export function cutPoints(policy: Policy, fact: NumericFact): number[] {
  const bounds = [...policy.rules, ...policy.tiers].flatMap(({ when }) => [
    when[fact]?.atLeast ?? 0,
    when[fact]?.below ?? 0,
  ])
  return [...new Set([0, ...bounds])].sort((a, b) => a - b)
}
