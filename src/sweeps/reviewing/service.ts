import type { Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Policy } from '../../scoring/policy.js'
import { getSweep, type Sweep } from '../control/service.js'
import { cutsOf } from '../planning/kinds.js'
import type { PlanCounts } from '../planning/store.js'
import { actionsOf } from '../reading/service.js'
import type { StoredAction } from '../reading/store.js'
import { type Money, moneyOf } from './money.js'
import { type Simulation, simulate } from './simulate.js'
import * as store from './store.js'
import { type Threshold, thresholdsOf, withThresholds } from './thresholds.js'

const ROWS_SHOWN = 5

export type PlanReview = {
  tiers: {
    name: string
    says: string
    effects: string[]
    accounts: number
    money: Money[]
    unknown: number
  }[]
  money: Money[]
  reasons: { code: string; says: string }[]
  thresholds: (Threshold & { most: number })[]
  first: StoredAction[]
  last: StoredAction[]
}

/**
 * What an approver reads of a plan besides its counts. Refuses with `sweep_not_found`, and with
 * `illegal_transition` while there is no plan.
 */
export async function reviewOf(tx: Tx, sweepId: string): Promise<PlanReview> {
  const { policy, counts } = await plannedOf(tx, sweepId)
  const held = await store.heldMoney(tx, sweepId)
  const unknown = await store.unknownMoney(tx, sweepId)
  const largest = await store.largestCounts(tx, sweepId)
  const page = (after: number) => actionsOf(tx, sweepId, { after, take: ROWS_SHOWN })
  return {
    tiers: policy.tiers.map(({ name, says, effects }) => ({
      name,
      says,
      effects,
      accounts: counts.byTier[name] ?? 0,
      money: moneyOf(held, name),
      unknown: unknown.find(({ tier }) => tier === name)?.accounts ?? 0,
    })),
    money: moneyOf(held, null),
    reasons: policy.rules.map(({ code, says }) => ({ code, says })),
    thresholds: thresholdsOf(policy).map((each) => ({ ...each, most: largest[each.fact] })),
    first: await page(0),
    last: await page(Math.max(ROWS_SHOWN, counts.accounts - ROWS_SHOWN)),
  }
}

/**
 * The accounts of a plan judged again on the evidence it was made from, by its policy with some
 * thresholds elsewhere. Nothing is stored. Refuses as `reviewOf` and `withThresholds` do.
 */
export async function simulationOf(
  tx: Tx,
  sweepId: string,
  moved: readonly Threshold[],
): Promise<Simulation> {
  const { policy: planned } = await plannedOf(tx, sweepId)
  const policy = withThresholds(planned, moved)
  const groups = await store.groupsOf(tx, sweepId, cutsOf(policy))
  const alike = groups.map(({ tier, accounts, facts, ...counts }) => ({
    tier,
    accounts,
    evidence: { ...facts, ...counts },
  }))
  return simulate(alike, policy)
}

async function plannedOf(tx: Tx, sweepId: string) {
  const sweep: Sweep = await getSweep(tx, sweepId)
  if (sweep.counts === null) {
    throw new Refusal('illegal_transition', `Sweep ${sweepId} is ${sweep.status} and has no plan.`)
  }
  const { body } = await tx.policy.findUniqueOrThrow({ where: { version: sweep.policyVersion } })
  return { policy: body as Policy, counts: sweep.counts as PlanCounts }
}
