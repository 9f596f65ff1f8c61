import { importAccounts } from '../../src/accounts/import/service.js'
import type { App } from '../../src/app.js'
import { openIncident, takeList } from '../../src/exposures/service.js'
import { hashPassword } from '../../src/platform/credentials/password.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import type { Policy } from '../../src/scoring/policy.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { planSweep } from '../../src/sweeps/planning/service.js'

/** Who is not at risk is not written to: a storm is about work, and mail of thousands would outlast it. */
const POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'exposed-addresses-without-notices',
  tiers: DEFAULT_POLICY.tiers.map((tier) => ({
    ...tier,
    effects: tier.effects.filter((effect) => effect !== 'notify'),
  })),
}

const ACTOR = 'os:chaos'

/**
 * Plans, approves and starts a sweep of accounts that nobody else has. One in twenty of them is
 * reset and mailed; the rest has a second factor. A tenth as many are on no list.
 */
export async function startFreshSweep(app: App, no: number, accounts: number): Promise<string> {
  const listed = Array.from({ length: accounts }, (_, i) => newAccount(`r${no}-${i}`, i % 20 === 0))
  const others = Array.from({ length: accounts / 10 }, (_, i) => newAccount(`b${no}-${i}`, true))
  await importAccounts({ ...app, hashPassword }, numbered([...listed, ...others]), { actor: ACTOR })
  const incident = { title: `round ${no}`, occurredAt: app.now(), actor: ACTOR }
  const incidentId = await openIncident(app, incident)
  const list = {
    name: `round-${no}.txt`,
    open: async function* () {
      yield Buffer.from(listed.map(({ address }) => `${address}\n`).join(''))
    },
  }
  const { id: listId } = await takeList(app, incidentId, list, ACTOR)
  const sweepId = await planSweep(app, {
    incidentId,
    listIds: [listId],
    policy: POLICY,
    actor: ACTOR,
  })
  const { planDigest, resets } = await getSweep(app.db, sweepId)
  await approveSweep(app, sweepId, {
    planDigest: planDigest ?? '',
    expectedResets: resets ?? 0,
    approver: ACTOR,
  })
  await startSweep(app, sweepId, ACTOR)
  return sweepId
}

const newAccount = (id: string, isAtRisk: boolean) => ({
  id,
  address: `${id}@example.com`,
  balance: { value: isAtRisk ? '10' : '0', currency: 'USD' },
  secondFactors: isAtRisk ? [] : ['totp'],
})

async function* numbered(json: readonly object[]) {
  for (const [index, each] of json.entries()) yield { index: index + 1, json: each }
}
