import type { z } from 'zod'
import type { CaseView } from '../contract/cases.js'
import type { Examined, SeenCase } from './service.js'

type View = z.input<typeof CaseView>

const iso = (at: Date | null) => at?.toISOString() ?? null

export const caseView = (seen: SeenCase): View => ({
  id: seen.id,
  account: seen.accountId,
  sweep: seen.sweepId,
  status: seen.status as View['status'],
  tier: seen.tier,
  score: seen.score,
  because: seen.because,
  value: bandOf(seen.value),
  openedAt: seen.openedAt.toISOString(),
  dueAt: seen.dueAt.toISOString(),
  due: dueOf(seen),
  snoozedUntil: iso(seen.snoozedUntil),
  claimedBy: seen.claimedBy,
  leaseUntil: iso(seen.leaseUntil),
  decision: seen.decision as View['decision'],
  decisionReason: seen.decisionReason as View['decisionReason'],
  note: seen.note,
  decidedBy: seen.decidedBy,
  decidedAt: iso(seen.decidedAt),
})

function bandOf(value: SeenCase['value']): View['value'] {
  if (value === null) return 'unknown'
  return Number(value) === 0 ? 'zero' : 'some'
}

function dueOf({ isOverdue, isSoon }: SeenCase): View['due'] {
  if (isOverdue) return 'overdue'
  return isSoon ? 'soon' : 'in_time'
}

export const claimView = (seen: SeenCase) => ({
  case: caseView(seen),
  fence: seen.fence,
  leaseUntil: seen.leaseUntil?.toISOString() ?? '',
})

export const detailView = (examined: Examined) => {
  const { passwordUsable, valueHeld, heldUntil } = examined.standing
  return {
    ...caseView(examined.case),
    signals: examined.signals.map(({ at, kind, says }) => ({ at: at.toISOString(), kind, says })),
    attempts: examined.attempts.map((attempt) => ({
      at: attempt.at.toISOString(),
      ip: attempt.ip,
      country: attempt.country,
      asn: attempt.asn === null ? null : String(attempt.asn),
      listed: attempt.listed,
      device: attempt.device,
      userAgent: attempt.userAgent,
      succeeded: attempt.succeeded,
      hostile: attempt.hostile,
      risk: attempt.risk,
    })),
    standing: { passwordUsable, valueHeld, heldUntil },
    comments: examined.comments.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })),
    history: examined.history.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })),
    cluster: examined.cluster.map((each) => ({ ...each, status: each.status as View['status'] })),
  }
}
