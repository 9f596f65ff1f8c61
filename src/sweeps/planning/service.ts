import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sha256Hex } from '../../platform/hash.js'
import type { Log } from '../../platform/log.js'
import { type Policy, versionOf } from '../../scoring/policy.js'
import { newId } from '../../values/ids.js'
import { approvalsNeeded } from '../approve.js'
import { planDigest } from '../digest.js'
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
  const sha256 = sha256Hex(JSON.stringify(policy))
  await tx.policy.createMany({ data: { version, sha256, body: policy }, skipDuplicates: true })
  const stored = await tx.policy.findUniqueOrThrow({ where: { version } })
  if (stored.sha256 !== sha256) {
    throw new Refusal(
      'policy_invalid',
      `${version} was used before with other content. Give the changed policy a higher version.`,
    )
  }
}

async function makePlan(tx: Tx, { sweepId, request, deps }: Planning): Promise<void> {
  const { listIds, policy, actor, onStep = () => undefined } = request
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${sweepId}, 0))`
  const sweep = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  const incident = await tx.incident.findUniqueOrThrow({ where: { id: sweep.incidentId } })
  const scope = {
    sweepId,
    listIds,
    occurredAt: incident.occurredAt,
    windowStart: sweep.windowStart,
  }
  onStep('reading')
  await store.gatherExposed(tx, scope)
  onStep('matching')
  await store.matchAccounts(tx)
  onStep('weighing')
  await store.gatherEvidence(tx, scope)
  onStep('judging')
  const judged = await judge(tx, sweepId, policy)
  onStep('sealing')
  const exposure = await store.exposureCounts(tx, listIds)
  const holdsUntil = await store.holdsUntil(tx, sweepId)
  const chunks = await store.insertChunks(
    tx,
    sweepId,
    cutIntoChunks({ actions: judged.accounts, holdsUntil }),
  )
  const lists = await tx.list.findMany({ where: { id: { in: listIds } }, select: { sha256: true } })
  const digest = planDigest({
    lists: lists.map((list) => list.sha256),
    policy: { version: versionOf(policy), sha256: sha256Hex(JSON.stringify(policy)) },
    mailRevision: sweep.mailRevision,
    windowStart: sweep.windowStart.toISOString(),
    fourEyes: sweep.fourEyes,
    verdicts: judged.verdicts,
    chunks,
  })
  const resets = judged.counts.byOutcome.reset_ordered ?? 0
  const directory = await store.directorySize(tx)
  const counts = { ...exposure, ...judged.counts }
  await tx.sweep.updateMany({
    where: { id: sweepId, status: { in: sourcesOf('planned') } },
    data: {
      status: 'planned',
      planDigest: digest,
      plannedAt: deps.now(),
      resets,
      counts,
      approvalsNeeded: approvalsNeeded({ resets, directory, fourEyes: sweep.fourEyes }),
    },
  })
  const detail = { planDigest: digest, accounts: judged.accounts, resets }
  await recordAll(tx, [{ kind: 'sweep.planned', actor, subject: `sweep:${sweepId}`, detail }])
}

async function judge(tx: Tx, sweepId: string, policy: Policy) {
  const cuts = cutsOf(policy)
  const judged = judgeKinds(await store.distinctKinds(tx, cuts), cuts, policy)
  await store.insertVerdicts(tx, sweepId, judged)
  const accounts = await store.insertActions(tx, sweepId, cuts, judged)
  const perVerdict = await store.actionsPerVerdict(tx, sweepId)
  const counted = perVerdict.flatMap(({ verdict_no, accounts: count }) => {
    const found = judged.find(({ no }) => no === verdict_no)
    return found ? [{ accounts: count, verdict: found.verdict, match: found.evidence.match }] : []
  })
  return { accounts, verdicts: judged.map(({ verdict }) => verdict), counts: countPlan(counted) }
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
