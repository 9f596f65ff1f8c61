import { OUTCOMES, type Outcome } from '../decide.js'
import { accountsIn, type Check, checksOf, sum } from './checks.js'
import { type CountedCases, countCases } from './count-cases.js'
import type * as facts from './facts.js'
import type { ActionGroup, ReportFacts } from './facts.js'
import { type Mailing, mailingOf } from './mailing.js'
import { type TimelineEvent, timelineOf } from './timeline.js'
import * as words from './words.js'

/** GDPR Article 33(1): the authority is told within 72 hours of becoming aware. */
const REGULATOR_HOURS = 72

export type Outcomes = Record<Outcome | 'not_yet', number>
export type TierLine = {
  tier: string
  says: string
  effects: string[]
  accounts: number
  outcomes: Outcomes
}
export type FunnelStep = {
  step: 'exposed' | 'matched' | 'held' | 'reset_ordered' | 'mailed' | 'completed'
  says: string
  unit: 'entries' | 'accounts'
  count: number
}
export type Approval = { approver: string; at: Date; expectedResets: number; ofThisPlan: boolean }
export type Counted = { code: string; says: string; count: number }
export type MailLine = Pick<facts.MailGroup, 'purpose' | 'status' | 'mails'> & { says: string }

/** What a sweep did, to how many accounts, who agreed to it, and whether it all adds up. */
export type SweepReport = {
  asOf: Date
  incident: facts.IncidentFacts & { regulatorDeadlineAt: Date }
  sweep: Omit<facts.SweepFacts, 'counts' | 'createdAt' | 'forecast'> & {
    says: string
    policySha256: string
    requestedAt: Date
    approvals: Approval[]
  }
  /** Null where an end of the span has not happened. */
  durations: {
    planningSeconds: number | null
    approvalSeconds: number | null
    runSeconds: number | null
    detectionToHoldsSeconds: number | null
    detectionToFinishSeconds: number | null
  }
  lists: facts.ListFacts[]
  exposure: Record<
    'entries' | 'duplicates' | 'exposed' | 'matched' | 'unknown' | 'rejected',
    number
  >
  /** `equivalent`: matched only by an alias of an exposed address, so left to people. */
  accounts: { planned: number; equivalent: number; done: number; notYet: number }
  byTier: Record<string, number>
  tiers: TierLine[]
  /** Adds up to `accounts.done`. */
  byOutcome: Record<Outcome, number>
  superseded: Counted[]
  byReason: Counted[]
  /** Accounts per score band of ten: [0–9, …, 90–99, 100]. */
  histogram: number[]
  funnel: FunnelStep[]
  /** `held` counts accounts that were held by somebody else before too. */
  holds: { held: number; newlyHeld: number; releasedAgain: number }
  /** What became of the resets this sweep ordered; `orderedLater` counts those people added. */
  resets: {
    ordered: number
    waiting: number
    opened: number
    completed: number
    cancelled: number
    orderedLater: number
  }
  mail: {
    transport: facts.MailTransport
    toldOutside: boolean
    says: string
    lines: MailLine[]
  }
  mailing: Mailing
  cases: CountedCases
  phases: (facts.ChunkPhase & { says: string })[]
  timeline: TimelineEvent[]
  checks: Check[]
}

/** Makes the report from what the database counted. */
export function buildReport(facts: ReportFacts): SweepReport {
  const timeline = timelineOf(facts)
  const tiers = facts.policy.tiers.map((tier) => tierLine(tier, facts.groups))
  return {
    asOf: facts.asOf,
    incident: { ...facts.incident, regulatorDeadlineAt: deadlineOf(facts.incident.detectedAt) },
    sweep: sweepOf(facts),
    durations: durationsOf(facts, timeline),
    lists: facts.lists,
    exposure: exposureOf(facts),
    accounts: accountsOf(facts),
    byTier: Object.fromEntries(tiers.map(({ tier, accounts }) => [tier, accounts])),
    tiers,
    byOutcome: outcomesOf(facts.groups),
    superseded: supersededBy(facts.groups),
    byReason: reasonsOf(facts),
    histogram: histogramOf(facts.groups),
    funnel: funnelOf(facts),
    holds: holdsOf(facts),
    resets: resetsOf(facts),
    mail: mailOf(facts),
    mailing: mailingOf(facts),
    cases: countCases(facts.cases),
    phases: phasesOf(facts.chunks),
    timeline,
    checks: checksOf(facts),
  }
}

export const deadlineOf = (detectedAt: Date) =>
  new Date(detectedAt.getTime() + REGULATOR_HOURS * 3_600_000)

function sweepOf({ sweep, policy, approvals }: ReportFacts): SweepReport['sweep'] {
  return {
    id: sweep.id,
    status: sweep.status,
    statusReason: sweep.statusReason,
    says: words.STATUS_SAYS[sweep.status],
    policyVersion: sweep.policyVersion,
    policySha256: policy.sha256,
    mailRevision: sweep.mailRevision,
    windowStart: sweep.windowStart,
    planDigest: sweep.planDigest,
    resets: sweep.resets,
    fourEyes: sweep.fourEyes,
    requestedBy: sweep.requestedBy,
    keyMaker: sweep.keyMaker,
    requestedAt: sweep.createdAt,
    plannedAt: sweep.plannedAt,
    startedAt: sweep.startedAt,
    finishedAt: sweep.finishedAt,
    approvalsNeeded: sweep.approvalsNeeded,
    approvals: approvals.map(({ planDigest, ...approval }) => ({
      ...approval,
      ofThisPlan: planDigest === sweep.planDigest,
    })),
  }
}

/** The events carry the database's clock, so a span never mixes two clocks. */
function durationsOf(
  { incident }: ReportFacts,
  timeline: readonly TimelineEvent[],
): SweepReport['durations'] {
  const at = (kind: string) => timeline.findLast((event) => event.kind === kind)?.at
  const span = (from: Date | undefined, to: Date | undefined) =>
    from && to ? Math.max(0, (to.getTime() - from.getTime()) / 1000) : null
  return {
    planningSeconds: span(at('sweep.requested'), at('sweep.planned')),
    approvalSeconds: span(at('sweep.planned'), at('sweep.approved')),
    runSeconds: span(at('sweep.started'), at('sweep.finished')),
    detectionToHoldsSeconds: span(incident.detectedAt, at('holds_done')),
    detectionToFinishSeconds: span(incident.detectedAt, at('sweep.finished')),
  }
}

function exposureOf({ sweep }: ReportFacts): SweepReport['exposure'] {
  const { entries = 0, duplicates = 0, exposed = 0 } = sweep.counts ?? {}
  const { matched = 0, unknown = 0, rejected = 0 } = sweep.counts ?? {}
  return { entries, duplicates, exposed, matched, unknown, rejected }
}

const accountsOf = ({ sweep, groups }: ReportFacts): SweepReport['accounts'] => ({
  planned: accountsIn(groups, () => true),
  equivalent: sweep.counts?.equivalent ?? 0,
  done: accountsIn(groups, ({ outcome }) => outcome !== null),
  notYet: accountsIn(groups, ({ outcome }) => outcome === null),
})

function tierLine(
  { name, says, effects }: facts.PolicyFacts['tiers'][number],
  groups: readonly ActionGroup[],
): TierLine {
  const inTier = groups.filter(({ tier }) => tier === name)
  const notYet = accountsIn(inTier, ({ outcome }) => outcome === null)
  return {
    tier: name,
    says,
    effects,
    accounts: accountsIn(inTier, () => true),
    outcomes: { ...outcomesOf(inTier), not_yet: notYet },
  }
}

function outcomesOf(groups: readonly ActionGroup[]): Record<Outcome, number> {
  const ending = (as: Outcome) => accountsIn(groups, ({ outcome }) => outcome === as)
  return Object.fromEntries(OUTCOMES.map((as) => [as, ending(as)])) as Record<Outcome, number>
}

function supersededBy(groups: readonly ActionGroup[]): Counted[] {
  const overtaken = groups.filter(({ outcome }) => outcome === 'superseded')
  const codes = [...new Set(overtaken.map(({ reason }) => reason ?? 'unknown'))].sort()
  return codes.map((code) => ({
    code,
    says: words.supersededSays(code),
    count: accountsIn(overtaken, ({ reason }) => (reason ?? 'unknown') === code),
  }))
}

/** Why accounts scored what they scored: the policy's rules first, then what no rule says. */
function reasonsOf({ groups, policy }: ReportFacts): Counted[] {
  const ruled = new Map(policy.rules.map(({ code, says }) => [code, says]))
  const codes = new Set([...ruled.keys(), ...groups.flatMap(({ reasons }) => reasons).sort()])
  return [...codes].map((code) => ({
    code,
    says: ruled.get(code) ?? words.reasonSays(code),
    count: accountsIn(groups, ({ reasons }) => reasons.includes(code)),
  }))
}

const histogramOf = (groups: readonly ActionGroup[]): number[] =>
  Array.from({ length: 11 }, (_, band) =>
    accountsIn(groups, ({ score }) => Math.floor(score / 10) === band),
  )

function funnelOf(facts: ReportFacts): FunnelStep[] {
  const mailed = facts.mails.filter((m) => m.purpose === 'reset' && m.status === 'accepted')
  const counts: Record<FunnelStep['step'], number> = {
    exposed: exposureOf(facts).exposed,
    matched: accountsIn(facts.groups, () => true),
    held: facts.holdsApplied,
    reset_ordered: accountsIn(facts.groups, ({ outcome }) => outcome === 'reset_ordered'),
    mailed: sum(mailed, ({ mails }) => mails),
    completed: facts.accountsCompleted,
  }
  return words.funnelSteps(facts.transport).map((step) => ({ ...step, count: counts[step.step] }))
}

function holdsOf({ holdsApplied, audited }: ReportFacts): SweepReport['holds'] {
  const rows = (kind: string) => audited.find((group) => group.kind === kind)?.rows ?? 0
  return {
    held: holdsApplied,
    newlyHeld: rows('account.held'),
    releasedAgain: rows('account.released'),
  }
}

function resetsOf({ resets }: ReportFacts): SweepReport['resets'] {
  const ofRun = resets.filter(({ byRun }) => byRun)
  const become = (as: string) => sum(ofRun, ({ status, resets }) => (status === as ? resets : 0))
  return {
    ordered: sum(ofRun, (group) => group.resets),
    waiting: become('ordered'),
    opened: sum(ofRun, ({ opened }) => opened),
    completed: become('completed'),
    cancelled: become('cancelled'),
    orderedLater: sum(resets, ({ byRun, resets }) => (byRun ? 0 : resets)),
  }
}

const mailOf = ({ mails, transport }: ReportFacts): SweepReport['mail'] => ({
  transport,
  toldOutside: transport === 'smtp' && mails.some(({ status }) => status === 'accepted'),
  says: words.TRANSPORT_SAYS[transport],
  lines: mails.map(({ purpose, status, mails }) => ({
    purpose,
    status,
    mails,
    says: words.mailSays(status, transport),
  })),
})

const PHASES = ['hold', 'canary', 'act'] as const

const phasesOf = (chunks: readonly facts.ChunkPhase[]): SweepReport['phases'] =>
  PHASES.flatMap((phase) =>
    chunks
      .filter((each) => each.phase === phase)
      .map((each) => ({ ...each, says: words.PHASE_SAYS[phase] })),
  )
