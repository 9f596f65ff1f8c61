import type { Tx } from '../../platform/db.js'
import { DEFAULT_POLICY } from '../../scoring/default-policy.js'
import { type Policy, versionOf } from '../../scoring/policy.js'

export type StoredPolicy = { policy: Policy; isDefault: boolean; storedAt: Date | null }

const DEFAULT = versionOf(DEFAULT_POLICY)

/** Policies that a plan can name: the default one first, also before it was used; then the newest. */
export async function policiesByName(tx: Tx): Promise<StoredPolicy[]> {
  const stored = await tx.policy.findMany({ orderBy: [{ createdAt: 'desc' }, { version: 'asc' }] })
  const used = stored.find(({ version }) => version === DEFAULT)
  const first = { policy: DEFAULT_POLICY, isDefault: true, storedAt: used?.createdAt ?? null }
  const others = stored
    .filter(({ version }) => version !== DEFAULT)
    .map(({ body, createdAt }) => ({
      policy: body as Policy,
      isDefault: false,
      storedAt: createdAt,
    }))
  return [first, ...others]
}
