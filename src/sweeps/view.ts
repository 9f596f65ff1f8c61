import type { z } from 'zod'
import type { Act } from '../contract/acts.js'
import type { ActionView, SweepView } from '../contract/sweeps.js'
import type { ForecastSummary } from '../mail/forecast/summary.js'
import { may } from '../staff/policy.js'
import { approvalsMissing, askedFor, type Lapse } from './approve.js'
import type { Outcome } from './decide.js'
import type { ExposureCounts, PlanCounts } from './planning/store.js'
import type { StoredAction } from './reading/store.js'
import type { Progress } from './running/store.js'
import type { SweepStatus } from './state.js'

/** The actor and what they are; of a request, or nobody's in particular. */
type Viewer = { id: string; roles: readonly string[] }

type Seen = {
  sweep: SweepRow
  approvals: readonly { approver: string; at: Date; expectedResets: number; lapse: Lapse | null }[]
  progress: Progress
  people: readonly { actor: string; name: string }[]
}
type SweepRow = {
  id: string
  incidentId: string
  status: string
  statusReason: string | null
  listIds: string[]
  policyVersion: string
  exclude: string[]
  planDigest: string | null
  counts: unknown
  resets: number | null
  forecast: unknown
  approvalsNeeded: number | null
  fourEyes: boolean
  requestedBy: string
  keyMaker: string | null
  createdAt: Date
  plannedAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}

/** A sweep as people see it. An approved one whose approvals lapsed says so instead of its reason. */
export function sweepView(seen: Seen, viewer: Viewer): z.input<typeof SweepView> {
  const { sweep, approvals, progress } = seen
  const counts = sweep.counts as (ExposureCounts & PlanCounts) | null
  return {
    id: sweep.id,
    incidentId: sweep.incidentId,
    status: sweep.status as SweepStatus,
    statusReason: lapsedReason(seen) ?? sweep.statusReason,
    listIds: sweep.listIds,
    policyVersion: sweep.policyVersion,
    exclude: sweep.exclude,
    planDigest: sweep.planDigest,
    counts: counts && countsView(counts),
    histogram: counts?.histogram ?? null,
    resets: sweep.resets,
    forecast: forecastView(sweep.forecast as ForecastSummary | null),
    approvals: approvals.map(({ at, ...approval }) => ({ ...approval, at: at.toISOString() })),
    needs: { approvals: sweep.approvalsNeeded, given: counting(seen) },
    fourEyes: sweep.fourEyes,
    progress: progressView(progress),
    requestedBy: sweep.requestedBy,
    people: seen.people.map(({ actor, name }) => ({ actor, name })),
    createdAt: sweep.createdAt.toISOString(),
    plannedAt: iso(sweep.plannedAt),
    startedAt: iso(sweep.startedAt),
    finishedAt: iso(sweep.finishedAt),
    may: mayNow(seen, viewer),
  }
}

const countsView = ({ histogram: _, excluded = 0, ...counts }: ExposureCounts & PlanCounts) => ({
  ...counts,
  excluded,
})

const laneView = ({ lane, mails, p50Seconds, p95Seconds }: ForecastSummary['lanes'][number]) => ({
  lane,
  mails,
  p50Seconds,
  p95Seconds,
})

const forecastView = (seen: ForecastSummary | null) =>
  seen && {
    mails: seen.mails,
    p50Seconds: seen.p50Seconds,
    p95Seconds: seen.p95Seconds,
    slowest: seen.slowest,
    lanes: seen.lanes.map(laneView),
    others: seen.others,
    waves: seen.waves,
    holdSeconds: seen.holdSeconds,
    seeds: seen.seeds,
  }

export const progressView = (progress: Progress) => ({
  planning:
    progress.planning?.map(({ step, beganAt, rows = null }) => ({
      step,
      beganAt: new Date(beganAt).toISOString(),
      rows,
    })) ?? null,
  chunks: progress.chunks,
  chunksDone: progress.chunksDone,
  holdsDone: progress.holdsDone,
  accounts: progress.accounts,
  accountsDone: progress.accountsDone,
})

const counting = ({ approvals }: Seen) => approvals.filter(({ lapse }) => lapse === null).length

function lapsedReason({ sweep, approvals }: Seen): string | null {
  if (sweep.status !== 'approved') return null
  return approvalsMissing(sweep.approvalsNeeded ?? 1, approvals)
}

const POSSIBLE: readonly (readonly [Act, (seen: Seen, viewer: Viewer) => boolean])[] = [
  ['sweep.read', () => true],
  ['sweep.approve', mayApprove],
  ['sweep.start', (seen) => seen.sweep.status === 'paused' || isReady(seen)],
  [
    'sweep.stop',
    ({ sweep }) => ['planned', 'approved', 'running', 'paused'].includes(sweep.status),
  ],
  ['sweep.export', ({ sweep }) => sweep.planDigest !== null],
]

/** What somebody may do with a sweep in this state, if their second factor is fresh enough. */
const mayNow = (seen: Seen, viewer: Viewer): Act[] =>
  POSSIBLE.flatMap(([act, isPossible]) =>
    may(viewer.roles, act) && isPossible(seen, viewer) ? [act] : [],
  )

const isReady = (seen: Seen) => seen.sweep.status === 'approved' && lapsedReason(seen) === null

function mayApprove(seen: Seen, { id }: Viewer): boolean {
  const { status } = seen.sweep
  const waits = status === 'planned' || (status === 'approved' && !isReady(seen))
  return (
    waits && !askedFor(id, seen.sweep) && !seen.approvals.some(({ approver }) => approver === id)
  )
}

/** One account of a plan. It is named by the platform's id; its address stays in the directory. */
export const actionView = (action: StoredAction): z.input<typeof ActionView> => ({
  seq: action.seq,
  accountId: action.accountId,
  match: action.match,
  score: action.score,
  reasons: action.reasons,
  tier: action.tier,
  priority: action.priority,
  effects: action.effects,
  planned: action.planned as Outcome,
  outcome: action.outcome as Outcome | null,
  outcomeReason: action.outcomeReason,
  batches: action.batches,
  firstExposedAt: action.firstExposedAt.toISOString(),
  hostile: {
    attempts: action.hostileAttempts,
    successes: action.hostileSuccesses,
    sources: action.hostileSources,
    lastAt: iso(action.lastHostileAt),
  },
})

const iso = (at: Date | null) => at?.toISOString() ?? null
