import type { ForecastSummary } from '../../mail/forecast/summary.js'
import type { Effect, Rule, Tier } from '../../scoring/policy.js'
import type { Outcome } from '../decide.js'
import type { ExposureCounts, PlanCounts } from '../planning/store.js'
import type { SweepStatus } from '../state.js'

/** Where mail goes: Cordon's own mailbox, which delivers nowhere, or a real server. */
export type MailTransport = 'embedded_mailbox' | 'smtp'

export type SweepFacts = {
  id: string
  status: SweepStatus
  statusReason: string | null
  policyVersion: string
  mailRevision: string
  windowStart: Date
  planDigest: string | null
  /** What the plan counted, and the approvers read. Absent while there is no plan. */
  counts: (ExposureCounts & PlanCounts) | null
  resets: number | null
  /** What the approvers read about the mail; absent for plans from before mail was foreseen. */
  forecast: ForecastSummary | null
  approvalsNeeded: number | null
  fourEyes: boolean
  requestedBy: string
  keyMaker: string | null
  createdAt: Date
  plannedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}

export type IncidentFacts = {
  id: string
  title: string
  kind: string
  occurredAt: Date
  detectedAt: Date
}
export type ListFacts = {
  id: string
  name: string
  format: string
  sha256: string
  entries: number
  accepted: number
  duplicates: number
  rejected: number
}
export type PolicyFacts = {
  sha256: string
  tiers: Pick<Tier, 'name' | 'says' | 'effects'>[]
  rules: Pick<Rule, 'code' | 'says'>[]
}
export type ApprovalFacts = {
  approver: string
  planDigest: string
  expectedResets: number
  at: Date
}

/** Accounts that were judged alike and ended alike; `outcome` is null where nothing was done yet. */
export type ActionGroup = {
  score: number
  tier: string
  reasons: string[]
  effects: Effect[]
  planned: Outcome
  outcome: Outcome | null
  reason: string | null
  accounts: number
}
export type ChunkPhase = {
  phase: 'hold' | 'canary' | 'act'
  chunks: number
  chunksDone: number
  accountsDone: number
  accounts: number
  failures: number
  lastDoneAt: Date | null
}
/** `byRun`: ordered in the transaction that wrote the account's outcome, not later by people. */
export type ResetGroup = {
  byRun: boolean
  status: 'ordered' | 'completed' | 'cancelled'
  resets: number
  opened: number
  firstCompletedAt: Date | null
  lastCompletedAt: Date | null
}
export type MailGroup = {
  purpose: 'reset' | 'reminder' | 'hold' | 'notice' | 'confirmation'
  status: 'staged' | 'sending' | 'accepted' | 'rejected' | 'unknown' | 'withdrawn'
  mails: number
  firstAcceptedAt: Date | null
  lastAcceptedAt: Date | null
}
/** One wave of the sweep's mail; 0 is the canary. */
export type WaveFacts = {
  no: number
  mails: number
  accepted: number
  refused: number
  releasedAt: Date
  verifiedAt: Date | null
  stoppedAt: Date | null
  stopReason: string | null
  lastAcceptedAt: Date | null
}
/** How the mail was let go; null for sweeps from before there were waves. */
export type MailRunFacts = {
  seeds: number
  begunAt: Date | null
  endedAt: Date | null
  /** Mails still in no wave. */
  waiting: number
}
export type CaseGroup = {
  byRun: boolean
  tier: string
  status: string
  decision: string | null
  decisionReason: string | null
  cases: number
  overdue: number
}
export type SweepEvent = { kind: string; actor: string; reason: string | null; at: Date }

/** Everything a report is made from, as of one moment. Counts and codes only: no address. */
export type ReportFacts = {
  asOf: Date
  transport: MailTransport
  incident: IncidentFacts
  sweep: SweepFacts
  policy: PolicyFacts
  lists: ListFacts[]
  approvals: ApprovalFacts[]
  groups: ActionGroup[]
  outcomeRows: number
  /** Accounts in the hold phase's finished chunks whose verdict holds value. */
  holdsApplied: number
  chunks: ChunkPhase[]
  resets: ResetGroup[]
  accountsCompleted: number
  mails: MailGroup[]
  mailRun: MailRunFacts | null
  waves: WaveFacts[]
  cases: CaseGroup[]
  /** Audit rows of the sweep itself, in order, and how many it wrote about accounts, by kind. */
  events: SweepEvent[]
  audited: { kind: string; rows: number }[]
}
