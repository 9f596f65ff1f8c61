import { Refusal } from '../../platform/errors.js'
import { NUMERIC_FACTS, type NumericFact } from '../../scoring/evidence.js'
import { type Policy, parsePolicy } from '../../scoring/policy.js'

const BOUNDS = ['atLeast', 'below'] as const

/** Where a tier begins or ends on a counted fact. */
export type Threshold = {
  tier: string
  fact: NumericFact
  bound: (typeof BOUNDS)[number]
  value: number
}

/** Every threshold of the tiers, in the policy's order. */
export const thresholdsOf = ({ tiers }: Policy): Threshold[] =>
  tiers.flatMap(({ name, when }) =>
    NUMERIC_FACTS.flatMap((fact) =>
      BOUNDS.flatMap((bound) => {
        const value = when[fact]?.[bound]
        return value === undefined ? [] : [{ tier: name, fact, bound, value }]
      }),
    ),
  )

/** Reads `attacked.hostileAttempts.atLeast:3,…`, whose form the contract has checked. */
export const readThresholds = (text: string | undefined): Threshold[] =>
  (text?.split(',') ?? []).map((each) => {
    const [place = '', value] = each.split(':')
    const [tier = '', fact, bound] = place.split('.')
    return { tier, fact, bound, value: Number(value) } as Threshold
  })

/**
 * The policy with some thresholds elsewhere. Refuses with `policy_invalid` a threshold that it does
 * not have, and what would make it a policy that nobody could use.
 */
export function withThresholds(policy: Policy, moved: readonly Threshold[]): Policy {
  const known = thresholdsOf(policy)
  const stranger = moved.find((one) => !known.some((other) => isSame(one, other)))
  if (stranger) {
    const { tier, fact, bound } = stranger
    throw new Refusal('policy_invalid', `No tier has the threshold ${tier}.${fact}.${bound}.`)
  }
  const tiers = policy.tiers.map((tier) => {
    const when = structuredClone(tier.when)
    for (const { fact, bound, value } of moved.filter((each) => each.tier === tier.name)) {
      when[fact] = { ...when[fact], [bound]: value }
    }
    return { ...tier, when }
  })
  return parsePolicy({ ...policy, tiers })
}

const isSame = (one: Threshold, other: Threshold) =>
  one.tier === other.tier && one.fact === other.fact && one.bound === other.bound
