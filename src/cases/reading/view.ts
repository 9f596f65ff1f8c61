import type { z } from 'zod'
import type { CaseDetail } from '../../contract/cases.js'
import { mayDo } from '../may.js'
import { caseView, type SeenCase } from '../view.js'

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

const iso = (at: Date | null) => at?.toISOString() ?? null

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
