import type { AuditKind } from '../../audit/event.js'
import { record } from '../../audit/service.js'
import type { Sweep } from '../../generated/prisma/client.js'
import { withdrawReminders } from '../../mail/reminders/service.js'
import { beginWaves } from '../../mail/waves/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import {
  type ApprovalRequest,
  approvalsMissing,
  checkApproval,
  type Lapse,
  lapseOf,
  refuseLapsed,
} from '../approve.js'
import { readPlan } from '../sealing/service.js'
import { illegalMove, type SweepStatus, sourcesOf } from '../state.js'
import * as store from './store.js'

export type ControlDeps = { db: Db; log: Log; mailRevision: string }
export type { Sweep }

/** Refuses with `sweep_not_found`. */
export async function getSweep(tx: Tx, sweepId: string): Promise<Sweep> {
  const sweep = await tx.sweep.findUnique({ where: { id: sweepId } })
  if (!sweep) throw new Refusal('sweep_not_found', `There is no sweep ${sweepId}.`)
  return sweep
}

/**
 * The sweep whose plan has this digest (or an unambiguous beginning of it, 12 characters or more)
 * and was made from exactly these lists. Refuses with `plan_digest_wrong` when there is none.
 */
export async function findPlan(
  tx: Tx,
  confirm: string,
  sha256s: readonly string[],
): Promise<Sweep> {
  const start = confirm.trim().toLowerCase()
  const found = /^[0-9a-f]{12,64}$/.test(start) ? await store.findPlans(tx, start, sha256s) : []
  const [only, second] = found
  if (only && !second) return getSweep(tx, only.id)
  throw new Refusal(
    'plan_digest_wrong',
    `No plan of these lists has the digest ${confirm.slice(0, 64)}. Run the same command without --execute, read the plan, and confirm the digest it prints.`,
  )
}

export type ReadApproval = {
  approver: string
  at: Date
  expectedResets: number
  lapse: Lapse | null
}

/** The approvals of a sweep, in order, and of each why it does not count now, if so. */
export async function approvalsOf(tx: Tx, sweep: Sweep): Promise<ReadApproval[]> {
  const stored = await store.approvalsOf(tx, sweep.id)
  return stored.map((approval) => ({
    approver: approval.approver,
    at: approval.at,
    expectedResets: approval.expectedResets,
    lapse: lapseOf(approval, sweep),
  }))
}

/**
 * Approves a planned sweep, or one whose approvals do not suffice any more; with enough that count
 * for exactly this digest it becomes `approved`. Refuses as `checkApproval` does, `forbidden` who may
 * not approve, `illegal_transition` when it is not waiting for approval, and `list_changed` when what
 * would be done or mailed is no longer what was planned.
 */
export async function approveSweep(
  deps: ControlDeps,
  sweepId: string,
  request: ApprovalRequest,
): Promise<Sweep> {
  return inTx(deps.db, async (tx) => {
    await store.lockSweep(tx, sweepId)
    const sweep = await getSweep(tx, sweepId)
    const { planDigest } = sweep
    const approvals = await approvalsOf(tx, sweep)
    if (!planDigest || !waitsForApproval(sweep, approvals)) {
      throw illegalMove(sweepId, sweep.status, 'approved')
    }
    checkApproval(request, { ...sweep, planDigest, resets: sweep.resets ?? 0 })
    await refuseOtherPlan(tx, sweep, deps.mailRevision)
    const { approver, expectedResets } = request
    const approval = { approver, planDigest, expectedResets }
    const { mailRevision } = deps
    const isNew = (await store.insertApproval(tx, { sweepId, ...approval, mailRevision })) > 0
    if (!isNew) {
      const before = approvals.find((made) => made.approver === approver)
      const rights = await store.rightsOf(tx, approver)
      refuseLapsed(before ? before.lapse : lapseOf({ ...approval, ...rights }, sweep))
    }
    // Also by who approved before: another approval may have lapsed meanwhile, and count again.
    const isEnough = (await store.approveWhenEnough(tx, sweepId, mailRevision)) > 0
    if (!(isNew || isEnough)) return sweep
    const after = await getSweep(tx, sweepId)
    const detail = { planDigest, expectedResets, fourEyes: sweep.fourEyes, status: after.status }
    const subject = `sweep:${sweepId}`
    await record(tx, { kind: 'sweep.approved', actor: approver, subject, detail })
    return after
  })
}

/** An approved sweep waits again once too few of its approvals count. */
export const waitsForApproval = (sweep: Sweep, approvals: readonly ReadApproval[]): boolean =>
  sweep.status === 'planned' ||
  (sweep.status === 'approved' && approvalsMissing(sweep.approvalsNeeded ?? 1, approvals) !== null)

/** What was planned is what would be done and mailed today, or nothing is. */
async function refuseOtherPlan(tx: Tx, sweep: Sweep, mailRevision: string): Promise<void> {
  if (sweep.mailRevision !== mailRevision) {
    throw new Refusal(
      'list_changed',
      'The mailer changed since this plan was made: its texts, sender, limits, mail server, waves or code. Plan again, read it and approve that.',
    )
  }
  if ((await readPlan(tx, sweep)).digest === sweep.planDigest) return
  throw new Refusal(
    'list_changed',
    'The stored lists, policy or accounts of this plan are not what was planned. Plan again, read it and approve that.',
  )
}

/** Starts an approved sweep. Refuses with `illegal_transition`, `plan_already_executed`, `list_changed`. */
export async function startSweep(deps: ControlDeps, sweepId: string, actor: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    await store.lockSweep(tx, sweepId)
    const sweep = await getSweep(tx, sweepId)
    if (sweep.status === 'approved') await refuseOtherPlan(tx, sweep, deps.mailRevision)
    if ((await store.start(tx, sweepId, deps.mailRevision)) === 0) {
      throw cannotStart(sweep, await approvalsOf(tx, sweep))
    }
    await beginWaves(tx, sweepId)
    await record(tx, { kind: 'sweep.started', actor, subject: `sweep:${sweepId}` })
  })
  deps.log.info('sweep.started', { sweepId })
}

function cannotStart(sweep: Sweep, approvals: readonly ReadApproval[]): Refusal {
  const { id, status, approvalsNeeded } = sweep
  if (status === 'planned')
    return new Refusal('illegal_transition', `Sweep ${id} is not approved yet.`)
  if (status === 'approved') {
    const missing = approvalsMissing(approvalsNeeded ?? 1, approvals)
    return new Refusal(
      'illegal_transition',
      `Sweep ${id} lost its approval. ${missing ?? 'It changed meanwhile'}. Somebody who may must approve it again.`,
    )
  }
  if (status === 'finished' || status === 'running' || status === 'paused') {
    return new Refusal(
      'plan_already_executed',
      `Sweep ${id} was started before and is ${status}. Each plan runs once; make a new one.`,
    )
  }
  return illegalMove(id, status, 'running')
}

/** Stops a running sweep between chunks; returns when nothing is in flight any more. */
export async function pauseSweep(
  deps: ControlDeps,
  sweepId: string,
  stop: { actor: string; reason: string },
) {
  await moveSweep(deps, sweepId, 'paused', stop)
  await inTx(deps.db, (tx) => store.untilDrained(tx, sweepId))
}

/** Lets a paused sweep go on where it stopped. */
export const resumeSweep = (deps: ControlDeps, sweepId: string, actor: string) =>
  moveSweep(deps, sweepId, 'running', { actor, reason: '' })

/**
 * Ends a sweep for good. What was done stays done, and its owners are still told: somebody whose
 * password no longer works must learn why. They are not reminded. The valve stops mail.
 */
export async function abortSweep(
  deps: ControlDeps,
  sweepId: string,
  stop: { actor: string; reason: string },
) {
  await moveSweep(deps, sweepId, 'aborted', stop)
  await inTx(deps.db, (tx) => store.untilDrained(tx, sweepId))
}

const MOVED: Record<'paused' | 'running' | 'aborted', AuditKind> = {
  paused: 'sweep.paused',
  running: 'sweep.resumed',
  aborted: 'sweep.aborted',
}

async function moveSweep(
  deps: ControlDeps,
  sweepId: string,
  to: 'paused' | 'running' | 'aborted',
  { actor, reason }: { actor: string; reason: string },
): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const from: SweepStatus[] = to === 'running' ? ['paused'] : sourcesOf(to)
    const { count } = await tx.sweep.updateMany({
      where: { id: sweepId, status: { in: from } },
      data: { status: to, statusReason: reason || null },
    })
    if (count === 0) throw illegalMove(sweepId, (await getSweep(tx, sweepId)).status, to)
    if (to === 'aborted') await withdrawReminders(tx, sweepId)
    await record(tx, { kind: MOVED[to], actor, subject: `sweep:${sweepId}`, detail: { reason } })
  })
  deps.log.info(MOVED[to], { sweepId })
}
