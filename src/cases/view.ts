import type { z } from 'zod'
import type { CaseDetail, CaseView } from '../contract/cases.js'
import { mayDo } from './may.js'
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

/** Everything that is read about a case and its account. */
export type CaseFile = {
  seen: SeenCase
  says: ReadonlyMap<string, string>
  signals: readonly { kind: string; at: Date; says: string }[]
  logins: readonly SeenLogin[]
  exposure: readonly SeenExposure[]
  standing: z.input<typeof CaseDetail>['standing']
  resets: readonly SeenReset[]
  mails: readonly SeenMail[]
  comments: readonly { author: string; name: string | null; says: string; at: Date }[]
  earlier: readonly SeenCase[]
  cluster: readonly ClusterMember[]
}
type SeenLogin = {
  at: Date
  ip: string
  country: string | null
  asn: bigint | null
  device: string | null
  userAgent: string | null
  listed: string | null
  succeeded: boolean
  hostile: boolean
  familiar: boolean
  reason: string | null
  risk: number | null
}
type SeenExposure = {
  incident: string
  list: string
  batch: number
  label: string | null
  at: Date | null
  isSameAddress: boolean
}
type SeenReset = {
  status: string
  orderedAt: Date
  openedAt: Date | null
  completedAt: Date | null
}
type SeenMail = {
  id: string
  purpose: string
  status: string
  createdAt: Date
  acceptedAt: Date | null
  reply: string | null
}
type ClusterMember = {
  account: string
  sources: number
  attempts: number
  wasEntered: boolean
  lastAt: Date
  case: { id: string; status: string; tier: string } | null
}

export function caseDetail(
  file: CaseFile,
  actor: { id: string; isReviewer: boolean },
): z.input<typeof CaseDetail> {
  const { seen } = file
  return {
    ...caseView(seen),
    fence: seen.fence,
    sweep: seen.sweepId,
    reasons: seen.because.map((code) => ({ code, says: file.says.get(code) ?? code })),
    signals: file.signals.map(({ kind, at, says }) => ({ kind, at: at.toISOString(), says })),
    logins: file.logins.map(loginView),
    exposure: file.exposure.map((each) => ({ ...each, at: iso(each.at) })),
    standing: file.standing,
    resets: file.resets.map(({ status, orderedAt, openedAt, completedAt }) => ({
      status,
      orderedAt: orderedAt.toISOString(),
      openedAt: iso(openedAt),
      completedAt: iso(completedAt),
    })),
    mails: file.mails.map(({ id, purpose, status, createdAt, acceptedAt, reply }) => ({
      id,
      purpose,
      status,
      stagedAt: createdAt.toISOString(),
      acceptedAt: iso(acceptedAt),
      reply,
    })),
    comments: file.comments.map(commentView),
    earlier: file.earlier.map(caseView),
    cluster: file.cluster.map((each) => ({
      account: each.account,
      sources: each.sources,
      attempts: each.attempts,
      wasEntered: each.wasEntered,
      lastAt: each.lastAt.toISOString(),
      case: each.case as z.input<typeof CaseDetail>['cluster'][number]['case'],
    })),
    may: mayDo(seen, actor),
  }
}

const loginView = (login: SeenLogin): z.input<typeof CaseDetail>['logins'][number] => ({
  at: login.at.toISOString(),
  outcome: login.succeeded ? 'success' : 'failure',
  isHostile: login.hostile,
  isFamiliar: login.familiar,
  ip: login.ip,
  country: login.country,
  asn: login.asn === null ? null : String(login.asn),
  listed: login.listed,
  device: login.device,
  userAgent: login.userAgent,
  reason: login.reason,
  risk: login.risk,
})

export const commentView = (comment: {
  author: string
  name: string | null
  says: string
  at: Date
}) => ({
  by: { actor: comment.author, name: comment.name },
  says: comment.says,
  at: comment.at.toISOString(),
})
