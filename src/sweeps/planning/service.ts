import { unknownIds } from '../../accounts/service.js'
import { record } from '../../audit/service.js'
import type { PlanStep } from '../../contract/sweeps.js'
import { getIncident, listsOf } from '../../exposures/service.js'
import type { Sweep } from '../../generated/prisma/client.js'
import { inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { DEFAULT_POLICY } from '../../scoring/default-policy.js'
import { type Policy, parsePolicy, versionOf } from '../../scoring/policy.js'
import { makerOf } from '../../staff/keys/service.js'
import { newId } from '../../values/ids.js'
import { policySha256 } from '../digest.js'
import { PLAN_ATTEMPTS, sourcesOf } from '../state.js'
import { makePlan, type PlanningDeps, sortDomains } from './making/service.js'
import * as store from './store.js'

export type { PlanningDeps }

const ACTOR = 'cordon'

export type PlanRequest = {
  incidentId: string
  listIds: string[]
  policy: Policy
  /** Accounts to leave out, by the platform's ids. */
  exclude?: readonly string[]
  actor: string
  /** Told before each step, so that people can watch a long plan being made. */
  onStep?: (step: PlanStep) => void
}

export type RequestDeps = Pick<PlanningDeps, 'now' | 'random' | 'fourEyes' | 'mailRevision'>

/**
 * Asks for a plan, which a worker makes. `attempts` that its caller makes by itself are counted
 * already. Refuses with `policy_invalid` when the policy's version is taken by other content.
 */
export async function requestSweep(
  tx: Tx,
  request: Omit<PlanRequest, 'onStep'>,
  { attempts = 0, ...deps }: RequestDeps & { attempts?: number },
): Promise<Sweep> {
  const { incidentId, listIds, policy, actor } = request
  const exclude = [...new Set(request.exclude ?? [])].sort()
  const incident = await tx.incident.findUniqueOrThrow({ where: { id: incidentId } })
  await storePolicy(tx, policy)
  const sweep = await tx.sweep.create({
    data: {
      id: newId('swp', deps.random(16)),
      incidentId,
      listIds,
      policyVersion: versionOf(policy),
      mailRevision: deps.mailRevision,
      windowStart: windowStart(incident.occurredAt, deps.now(), policy.window),
      fourEyes: deps.fourEyes,
      requestedBy: actor,
      keyMaker: await makerOf(tx, actor),
      exclude,
      planAttempts: attempts,
    },
  })
  const detail = {
    incident: incidentId,
    lists: listIds,
    policy: versionOf(policy),
    fourEyes: deps.fourEyes,
    excluded: exclude.length,
  }
  await record(tx, { kind: 'sweep.requested', actor, subject: `sweep:${sweep.id}`, detail })
  return sweep
}

/**
 * Asks for a plan of every list of an incident, under the default policy, a given one, or the stored
 * one of that name. Refuses with `incident_not_found`, `policy_invalid`, `input_invalid` when an
 * account to leave out does not exist, and `illegal_transition`
 * when there is no list to plan from or the incident is closed.
 */
export async function requestForIncident(
  tx: Tx,
  asked: {
    incidentId: string
    policy?: unknown
    exclude?: readonly string[] | undefined
    actor: string
  },
  deps: RequestDeps,
): Promise<Sweep> {
  const { incidentId, exclude = [], actor } = asked
  const incident = await getIncident(tx, incidentId)
  if (incident.status !== 'open') {
    throw new Refusal('illegal_transition', 'This incident is closed. Open it again first.')
  }
  const lists = await listsOf(tx, incidentId)
  if (lists.length === 0) {
    throw new Refusal(
      'illegal_transition',
      'This incident has no list of exposed addresses yet. Add one with POST /v1/incidents/:id/lists, then plan.',
    )
  }
  await refuseUnknown(tx, exclude)
  const policy = await policyFrom(tx, asked.policy)
  return requestSweep(
    tx,
    { incidentId, listIds: lists.map(({ id }) => id), policy, exclude, actor },
    deps,
  )
}

/** Whoever mistypes an id wants that account spared: it must not be reset instead. */
async function refuseUnknown(tx: Tx, exclude: readonly string[]): Promise<void> {
  const unknown = new Set(exclude.length > 0 ? await unknownIds(tx, exclude) : [])
  if (unknown.size === 0) return
  const errors = exclude.flatMap((id, index) =>
    unknown.has(id) ? [{ path: `body.exclude.${index}`, message: 'no account has this id' }] : [],
  )
  throw new Refusal('input_invalid', 'Some accounts to leave out do not exist.', { errors })
}

async function policyFrom(tx: Tx, asked: unknown): Promise<Policy> {
  if (asked === undefined) return DEFAULT_POLICY
  if (typeof asked !== 'string') return parsePolicy(asked)
  if (asked === versionOf(DEFAULT_POLICY)) return DEFAULT_POLICY
  const stored = await tx.policy.findUnique({ where: { version: asked } })
  if (stored) return stored.body as Policy
  throw new Refusal(
    'policy_invalid',
    'No policy of this name was used before. Send the policy itself, or name a stored one such as exposed-addresses@1.',
  )
}

/**
 * Makes and stores a plan in this process: the dry run. Nothing happens to any account. Returns the
 * sweep's id; the sweep is `planned`, or `failed` (and the error thrown) when planning broke off.
 * Refuses with `policy_invalid` when the policy's version is already taken by other content.
 */
export async function planSweep(deps: PlanningDeps, request: PlanRequest): Promise<string> {
  const { id } = await inTx(deps.db, (tx) => requestSweep(tx, request, { ...deps, attempts: 1 }))
  try {
    await sortDomains(deps, request.listIds)
    await inTx(deps.db, async (tx) => {
      await store.lockPlan(tx, id)
      await makePlan(tx, { sweepId: id, deps, onStep: request.onStep ?? (() => undefined) })
    })
  } catch (error) {
    await failPlan(deps, id, 'planning broke off')
    throw error
  }
  deps.log.info('sweep.planned', { sweepId: id })
  return id
}

/** Sweeps that wait for a planner, the oldest first. */
export const waitingPlans = (tx: Tx) => store.waitingPlans(tx)

/**
 * Makes a plan that was asked for, unless somebody else is at it. The attempt is counted by a
 * transaction of its own, so that it stays counted when this process dies, and only while the
 * planner's lock is held, so that it is one attempt. Returns whether anything was done.
 */
export async function planRequested(deps: PlanningDeps, sweepId: string): Promise<boolean> {
  let attempt: number | undefined
  try {
    const { listIds } = await deps.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })
    await sortDomains(deps, listIds)
    await inTx(deps.db, async (tx) => {
      if (!(await store.tryLockPlan(tx, sweepId))) return
      attempt = await store.beginAttempt(deps.db, sweepId)
      if (attempt === undefined) return
      await makePlan(tx, { sweepId, deps, onStep: () => undefined })
    })
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown'
    deps.log.error('sweep.planning_broke_off', { sweepId, attempt, because: why })
    if (attempt === PLAN_ATTEMPTS) {
      await failPlan(deps, sweepId, `planning broke off ${attempt} times, last by ${why}`)
    }
    return attempt !== undefined
  }
  if (attempt !== undefined) deps.log.info('sweep.planned', { sweepId, attempt })
  return attempt !== undefined
}

/** Hostile logins count since the incident, at least and at most the policy's days (design §3). */
function windowStart(occurredAt: Date, now: Date, window: Policy['window']): Date {
  const day = 86_400_000
  const age = Math.max(0, now.getTime() - occurredAt.getTime())
  const length = Math.min(window.maxDays * day, Math.max(window.minDays * day, age))
  return new Date(now.getTime() - length)
}

async function storePolicy(tx: Tx, policy: Policy): Promise<void> {
  const version = versionOf(policy)
  const sha256 = policySha256(policy)
  await tx.policy.createMany({ data: { version, sha256, body: policy }, skipDuplicates: true })
  const stored = await tx.policy.findUniqueOrThrow({ where: { version } })
  if (stored.sha256 !== sha256) {
    throw new Refusal(
      'policy_invalid',
      `${version} was used before with other content. Give the changed policy a higher version.`,
    )
  }
}

async function failPlan(deps: PlanningDeps, sweepId: string, reason: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const { count } = await tx.sweep.updateMany({
      where: { id: sweepId, status: { in: sourcesOf('failed') } },
      data: { status: 'failed', statusReason: reason },
    })
    if (count === 0) return
    const detail = { reason }
    await record(tx, { kind: 'sweep.failed', actor: ACTOR, subject: `sweep:${sweepId}`, detail })
  })
  deps.log.error('sweep.failed', { sweepId })
}
