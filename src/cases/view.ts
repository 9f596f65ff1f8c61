import type { z } from 'zod'
import type { CaseView } from '../contract/cases.js'
import { PRIORITY } from './priority.js'
import { slaState } from './sla.js'
import type { CaseStatus, Decision, DecisionReason } from './state.js'

/** A case as it is read for people. */
export type SeenCase = {
  no: bigint
  id: string
  accountNo: bigint
  sweepId: string | null
  account: string
  status: CaseStatus
  tier: string
  rank: number
  score: number
  because: string[]
  band: 'zero' | 'unknown' | 'below_limit' | 'above_limit'
  openedAt: Date
  dueAt: Date
  fence: number
  snoozedUntil: Date | null
  heldBy: string | null
  holderName: string | null
  leaseUntil: Date | null
  decision: Decision | null
  reason: DecisionReason | null
  note: string | null
  proposedBy: string | null
  proposerName: string | null
  decidedBy: string | null
  deciderName: string | null
  decidedAt: Date | null
  escalatedBy: string | null
  escalatorName: string | null
  escalatedAt: Date | null
  now: Date
}

const iso = (at: Date | null) => at?.toISOString() ?? null

export function caseView(seen: SeenCase): z.input<typeof CaseView> {
  return {
    id: seen.id,
    account: seen.account,
    status: seen.status,
    tier: seen.tier,
    priority: priorityOf(seen.rank),
    score: seen.score,
    because: seen.because,
    value: seen.band,
    openedAt: seen.openedAt.toISOString(),
    sla: { dueAt: seen.dueAt.toISOString(), state: slaState(settled(seen), seen.now) },
    snoozedUntil: iso(seen.snoozedUntil),
    heldBy:
      seen.heldBy && seen.leaseUntil
        ? { actor: seen.heldBy, name: seen.holderName, until: seen.leaseUntil.toISOString() }
        : null,
    escalated: escalatedOf(seen),
    proposal: proposalOf(seen),
    decided: decidedOf(seen),
  }
}

const priorityOf = (rank: number) =>
  (Object.keys(PRIORITY) as (keyof typeof PRIORITY)[]).find(
    (name) => PRIORITY[name].rank === rank,
  ) ?? 'normal'

/** When a case was decided before and is open again, that does not count any more. */
const settled = ({ rank, dueAt, status, decidedAt }: SeenCase) => ({
  rank,
  dueAt,
  decidedAt: status === 'decided' ? decidedAt : null,
})

const escalatedOf = ({ escalatedBy: actor, escalatedAt: at, escalatorName: name }: SeenCase) =>
  actor && at ? { by: { actor, name }, at: at.toISOString() } : null

function proposalOf(seen: SeenCase) {
  const { status, proposedBy, fence, decision, reason, note } = seen
  if (status !== 'awaiting_second' || !proposedBy || !decision || !reason) return null
  return { by: { actor: proposedBy, name: seen.proposerName }, fence, decision, reason, note }
}

function decidedOf(seen: SeenCase) {
  const { status, decidedBy, decidedAt, decision, reason, note, proposedBy } = seen
  if (status !== 'decided' || !decidedBy || !decidedAt || !decision || !reason) return null
  return {
    by: { actor: decidedBy, name: seen.deciderName },
    proposedBy: proposedBy ? { actor: proposedBy, name: seen.proposerName } : null,
    at: decidedAt.toISOString(),
    decision,
    reason,
    note,
  }
}
