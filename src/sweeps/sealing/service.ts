import type { Sweep, Verdict as VerdictRow } from '../../generated/prisma/client.js'
import type { Tx } from '../../platform/db.js'
import type { Effect, Policy, Priority } from '../../scoring/policy.js'
import type { Outcome, Verdict } from '../decide.js'
import { planDigest, policySha256 } from '../digest.js'
import * as store from './store.js'

export type StoredPlan = {
  /** Of what is stored now; the sweep's own digest is of what was planned. */
  digest: string
  policy: Policy
  verdicts: { row: VerdictRow; verdict: Verdict }[]
}

/**
 * The plan as it is stored now: lists, policy, verdicts and chunks, with the digest of all that.
 * Planning seals with it, starting and running check by it, so they can never mean two things.
 */
export async function readPlan(tx: Tx, sweep: Sweep): Promise<StoredPlan> {
  const stored = await tx.policy.findUniqueOrThrow({ where: { version: sweep.policyVersion } })
  const policy = stored.body as Policy
  const rows = await tx.verdict.findMany({ where: { sweepId: sweep.id }, orderBy: { no: 'asc' } })
  const verdicts = rows.map((row) => ({ row, verdict: verdictOf(row) }))
  const digest = planDigest({
    lists: await store.listHashes(tx, sweep.listIds),
    policy: { version: sweep.policyVersion, sha256: policySha256(policy) },
    mailRevision: sweep.mailRevision,
    windowStart: sweep.windowStart.toISOString(),
    fourEyes: sweep.fourEyes,
    exclude: sweep.exclude,
    verdicts: verdicts.map(({ verdict }) => verdict),
    chunks: await store.chunksOf(tx, sweep.id),
  })
  return { digest, policy, verdicts }
}

const verdictOf = (row: VerdictRow): Verdict => ({
  score: row.score,
  reasons: row.reasons,
  tier: row.tier,
  priority: row.priority as Priority | null,
  effects: row.effects as Effect[],
  outcome: row.outcome as Outcome,
})
