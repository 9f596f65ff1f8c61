import { assess } from '../scoring/assess.js'
import type { Evidence } from '../scoring/evidence.js'
import type { Effect, Policy, Priority } from '../scoring/policy.js'

/** How an account leaves a sweep. Every matched account gets exactly one. */
export const OUTCOMES = [
  'reset_ordered',
  'held',
  'review_opened',
  'notified',
  'already_protected',
  'superseded',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What will be done to every account with the same facts, and why. */
export type Verdict = {
  score: number
  reasons: string[]
  tier: string
  priority: Priority | null
  effects: Effect[]
  outcome: Outcome
}

/**
 * Turns evidence into what will be done: the tier's effects, except that an account already reset
 * after the exposure is left alone, and an address that is only equivalent goes to people, never to
 * reset (design §3).
 */
export function decide(evidence: Evidence, policy: Policy): Verdict {
  const { score, reasons, tier } = assess(evidence, policy)
  const judged = { score, reasons, tier: tier.name }
  if (evidence.resetSinceExposure) {
    return {
      ...judged,
      reasons: [...reasons, 'reset_since_exposure'],
      priority: null,
      effects: [],
      outcome: 'already_protected',
    }
  }
  if (evidence.match === 'equivalent') {
    return {
      ...judged,
      reasons: [...reasons, 'address_only_equivalent'],
      priority: tier.priority ?? 'normal',
      effects: ['review'],
      outcome: 'review_opened',
    }
  }
  return {
    ...judged,
    priority: tier.priority ?? null,
    effects: tier.effects,
    outcome: outcomeOf(tier.effects),
  }
}

function outcomeOf(effects: readonly Effect[]): Outcome {
  if (effects.includes('reset')) return 'reset_ordered'
  if (effects.includes('hold')) return 'held'
  return effects.includes('review') ? 'review_opened' : 'notified'
}

/**
 * Whether the account learns of its hold by a mail of its own. A reset mail speaks of the hold itself,
 * and the mail about a hold says what a notice would say.
 */
export const isHeldOnly = (effects: readonly Effect[]): boolean =>
  effects.includes('hold') && !effects.includes('reset')

/** How many mails its account gets of the run itself: `running/service.ts` stages them. */
export const mailsOf = ({ effects }: Pick<Verdict, 'effects'>): number =>
  (effects.includes('reset') ? 1 : 0) + (isHeldOnly(effects) || effects.includes('notify') ? 1 : 0)

/** Facts that may have moved between planning and running. */
export type FactsNow = { secondFactor: Evidence['secondFactor']; resetSincePlan: boolean }

/**
 * Why an action must not run any more, if so. A second factor enrolled since the plan spares an
 * account the reset only where the policy itself would: after a hostile login it may be the
 * attacker's, and then the reset stays.
 */
export function supersededBy(
  planned: { evidence: Evidence; effects: readonly Effect[] },
  now: FactsNow,
  policy: Policy,
): 'already_reset' | 'second_factor_enrolled' | undefined {
  if (!planned.effects.includes('reset')) return undefined
  if (now.resetSincePlan) return 'already_reset'
  const today = decide({ ...planned.evidence, secondFactor: now.secondFactor }, policy)
  return today.effects.includes('reset') ? undefined : 'second_factor_enrolled'
}
