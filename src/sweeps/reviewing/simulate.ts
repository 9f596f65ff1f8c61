import type { Evidence } from '../../scoring/evidence.js'
import type { Policy } from '../../scoring/policy.js'
import { decide } from '../decide.js'
import { countPlan } from '../planning/kinds.js'

/** Accounts that share a verdict and that no threshold divides: any one of them stands for all. */
export type Alike = {
  accounts: number
  /** The tier they were planned in. */
  tier: string
  evidence: Evidence
}

export type Simulation = {
  byTier: Record<string, number>
  byOutcome: Record<string, number>
  resets: number
  moves: { from: string; to: string; accounts: number }[]
}

/** Judges the accounts of a plan by another policy, as planning would on the same evidence. */
export function simulate(groups: readonly Alike[], policy: Policy): Simulation {
  const judged = groups.map((group) => ({ ...group, verdict: decide(group.evidence, policy) }))
  const { byTier, byOutcome } = countPlan(
    judged.map(({ accounts, verdict, evidence }) => ({ accounts, verdict, match: evidence.match })),
  )
  const moves = new Map<string, Simulation['moves'][number]>()
  for (const { accounts, tier: from, verdict } of judged) {
    const to = verdict.tier
    if (from === to) continue
    const key = `${from} ${to}`
    moves.set(key, { from, to, accounts: accounts + (moves.get(key)?.accounts ?? 0) })
  }
  return { byTier, byOutcome, resets: byOutcome.reset_ordered ?? 0, moves: [...moves.values()] }
}
