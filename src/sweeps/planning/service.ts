import { recordAll } from '../../audit/service.js'
import type { Sweep } from '../../generated/prisma/client.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { type Policy, versionOf } from '../../scoring/policy.js'
import { newId } from '../../values/ids.js'
import { approvalsNeeded } from '../approve.js'
import type { Verdict } from '../decide.js'
import { planDigest, policySha256 } from '../digest.js'
import { sourcesOf } from '../state.js'
import { cutIntoChunks } from './chunks.js'
import { countPlan, cutsOf, judgeKinds } from './kinds.js'
import * as store from './store.js'

export type PlanningDeps = {
  db: Db
  log: Log
  now: () => Date
  random: (bytes: number) => Uint8Array
  fourEyes: boolean
  mailRevision: string
}

export type PlanRequest = {
  incidentId: string
  listIds: string[]
  policy: Policy
  actor: string
  /** Told before each step, so that people can watch a long plan being made. */
  onStep?: (step: PlanStep) => void
}

export const PLAN_STEPS = ['reading', 'matching', 'weighing', 'judging', 'sealing'] as const
export type PlanStep = (typeof PLAN_STEPS)[number]

/**
 * Makes and stores a plan: the dry run. Nothing happens to any account. Returns the sweep's id;
 * the sweep is `planned`, or `failed` (and the error thrown) when planning broke off.
 * Refuses with `policy_invalid` when the policy's version is already taken by other content.
 */
export async function planSweep(deps: PlanningDeps, request: PlanRequest): Promise<string> {
  const sweepId = newId('swp', deps.random(16))
  await inTx(deps.db, (tx) => requestPlan(tx, { sweepId, request, deps }))
  try {
    await inTx(deps.db, (tx) => makePlan(tx, { sweepId, request, deps }))
  } catch (error) {
    await failPlan(deps, sweepId, request.actor)
    throw error
  }
  deps.log.info('sweep.planned', { sweepId })
  return sweepId
}

type Planning = { sweepId: string; request: PlanRequest; deps: PlanningDeps }

async function requestPlan(tx: Tx, { sweepId, request, deps }: Planning): Promise<void> {
  const { incidentId, listIds, policy, actor } = request
  const incident = await tx.incident.findUniqueOrThrow({ where: { id: incidentId } })
  await storePolicy(tx, policy)
  await tx.sweep.create({
    data: {
      id: sweepId,
      incidentId,
      listIds,
      policyVersion: versionOf(policy),
      mailRevision: deps.mailRevision,
      windowStart: windowStart(incident.occurredAt, deps.now(), policy.window),
      fourEyes: deps.fourEyes,
      requestedBy: actor,
    },
  })
  const detail = {
    incident: incidentId,
    lists: listIds,
    policy: versionOf(policy),
    fourEyes: deps.fourEyes,
  }
  await recordAll(tx, [{ kind: 'sweep.requested', actor, subject: `sweep:${sweepId}`, detail }])
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

async function makePlan(tx: Tx, planning: Planning): Promise<void> {
  const { sweepId, request, deps } = planning
  const { listIds, policy, actor, onStep = () => undefined } = request
  await store.lockPlan(tx, sweepId)
  const sweep = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  await gather(tx, sweep, { listIds, policy, onStep })
  onStep('judging')
  const { accounts, verdicts, counts } = await judge(tx, sweepId, policy)
  onStep('sealing')
  const exposure = await store.exposureCounts(tx, listIds)
  const planDigest = await seal(tx, sweep, { accounts, verdicts, policy })
  const resets = counts.byOutcome.reset_ordered ?? 0
  const directory = await store.directorySize(tx)
  const { fourEyes } = sweep
  await tx.sweep.updateMany({
    where: { id: sweepId, status: { in: sourcesOf('planned') } },
    data: {
      status: 'planned',
      planDigest,
      plannedAt: deps.now(),
      resets,
      counts: { ...exposure, ...counts },
      approvalsNeeded: approvalsNeeded({ resets, directory, fourEyes }),
    },
  })
  const detail = { planDigest, accounts, resets }
  await recordAll(tx, [{ kind: 'sweep.planned', actor, subject: `sweep:${sweepId}`, detail }])
}

/** Leaves the evidence of every matched account on this connection. */
async function gather(
  tx: Tx,
  sweep: Sweep,
  {
    listIds,
    policy,
    onStep,
  }: { listIds: string[]; policy: Policy; onStep: (step: PlanStep) => void },
): Promise<void> {
  const { occurredAt } = await tx.incident.findUniqueOrThrow({ where: { id: sweep.incidentId } })
  const scope = { sweepId: sweep.id, listIds, occurredAt, windowStart: sweep.windowStart }
  onStep('reading')
  await store.gatherExposed(tx, scope)
  onStep('matching')
  await store.matchAccounts(tx)
  onStep('weighing')
  await store.gatherEvidence(tx, scope, cutsOf(policy))
}

async function judge(tx: Tx, sweepId: string, policy: Policy) {
  const cuts = cutsOf(policy)
  const judged = judgeKinds(await store.distinctKinds(tx, cuts), cuts, policy)
  await store.insertVerdicts(tx, sweepId, judged)
  const accounts = await store.insertActions(tx, sweepId, judged)
  const perVerdict = await store.actionsPerVerdict(tx, sweepId)
  const counted = perVerdict.flatMap(({ verdict_no, accounts: count }) => {
    const found = judged.find(({ no }) => no === verdict_no)
    return found ? [{ accounts: count, verdict: found.verdict, match: found.evidence.match }] : []
  })
  return { accounts, verdicts: judged.map(({ verdict }) => verdict), counts: countPlan(counted) }
}

type Judged = { accounts: number; verdicts: Verdict[]; policy: Policy }

/** Cuts the plan into chunks, each with its digest, and returns the digest of the whole. */
async function seal(tx: Tx, sweep: Sweep, { accounts, verdicts, policy }: Judged): Promise<string> {
  const holdsUntil = await store.holdsUntil(tx, sweep.id)
  const ranges = cutIntoChunks({ actions: accounts, holdsUntil })
  const chunks = await store.insertChunks(tx, sweep.id, ranges)
  const where = { id: { in: sweep.listIds } }
  const lists = await tx.list.findMany({ where, select: { sha256: true } })
  return planDigest({
    lists: lists.map((list) => list.sha256),
    policy: { version: versionOf(policy), sha256: policySha256(policy) },
    mailRevision: sweep.mailRevision,
    windowStart: sweep.windowStart.toISOString(),
    fourEyes: sweep.fourEyes,
    verdicts,
    chunks,
  })
}

async function failPlan(deps: PlanningDeps, sweepId: string, actor: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const { count } = await tx.sweep.updateMany({
      where: { id: sweepId, status: { in: sourcesOf('failed') } },
      data: { status: 'failed', statusReason: 'planning broke off' },
    })
    if (count > 0)
      await recordAll(tx, [{ kind: 'sweep.failed', actor, subject: `sweep:${sweepId}` }])
  })
  deps.log.error('sweep.failed', { sweepId })
}
