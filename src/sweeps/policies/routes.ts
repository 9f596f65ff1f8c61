import { listPolicies } from '../../contract/policies.js'
import type { Db } from '../../platform/db.js'
import { answer, type Route, serve } from '../../platform/http/route.js'
import { versionOf } from '../../scoring/policy.js'
import { policiesByName } from './service.js'

type PolicyRouteDeps = { db: Db }

/** What can be chosen when a plan is asked for. */
export const policyRoutes: readonly Route<PolicyRouteDeps>[] = [
  serve(listPolicies, async (_asked, { db }: PolicyRouteDeps) => {
    const items = (await policiesByName(db)).map(({ policy, isDefault, storedAt }) => ({
      name: versionOf(policy),
      isDefault,
      storedAt: storedAt?.toISOString() ?? null,
      tiers: policy.tiers.map(({ name, says, effects }) => ({ name, says, effects })),
    }))
    return answer(200, { items })
  }),
]
