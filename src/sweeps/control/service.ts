import type { AuditKind } from '../../audit/event.js'
import { record } from '../../audit/service.js'
import type { Sweep } from '../../generated/prisma/client.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { type ApprovalRequest, checkApproval } from '../approve.js'
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

/**
 * Approves a planned sweep; with enough approvals for exactly this digest it becomes `approved`.
 * Refuses as `checkApproval` does, `illegal_transition` when it is not waiting for approval, and
 * `list_changed` when what would be mailed is no longer what was planned.
 */
export async function approveSweep(
  deps: ControlDeps,
  sweepId: string,
  request: ApprovalRequest,
): Promise<Sweep> {
  return inTx(deps.db, async (tx) => {
    await store.lockSweep(tx, sweepId)
    const sweep = await getSweep(tx, sweepId)
    if (sweep.status !== 'planned' || !sweep.planDigest)
      throw illegalMove(sweepId, sweep.status, 'approved')
    checkApproval(request, { ...sweep, planDigest: sweep.planDigest, resets: sweep.resets ?? 0 })
    refuseOtherMail(sweep, deps.mailRevision)
    const { approver, expectedResets } = request
    const data = { sweepId, approver, expectedResets, planDigest: sweep.planDigest }
    const { count } = await tx.approval.createMany({ data, skipDuplicates: true })
    if (count === 0) return sweep
    const detail = { planDigest: sweep.planDigest, expectedResets, fourEyes: sweep.fourEyes }
    await record(tx, {
      kind: 'sweep.approved',
      actor: approver,
      subject: `sweep:${sweepId}`,
      detail,
    })
    await store.approveWhenEnough(tx, sweepId)
    return getSweep(tx, sweepId)
  })
}

function refuseOtherMail(sweep: Sweep, mailRevision: string): void {
  if (sweep.mailRevision === mailRevision) return
  throw new Refusal(
    'list_changed',
    'The mail texts or the sender changed since this plan was made. Plan again, read it and approve that.',
  )
}

/** Starts an approved sweep. Refuses with `illegal_transition`, `plan_already_executed`, `list_changed`. */
export async function startSweep(deps: ControlDeps, sweepId: string, actor: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const sweep = await getSweep(tx, sweepId)
    refuseOtherMail(sweep, deps.mailRevision)
    if ((await store.start(tx, sweepId)) === 0) throw cannotStart(sweep)
    await record(tx, { kind: 'sweep.started', actor, subject: `sweep:${sweepId}` })
  })
  deps.log.info('sweep.started', { sweepId })
}

function cannotStart({ id, status }: Sweep): Refusal {
  if (status === 'planned')
    return new Refusal('illegal_transition', `Sweep ${id} is not approved yet.`)
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
 * password no longer works must learn why. The valve stops mail.
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
    await record(tx, { kind: MOVED[to], actor, subject: `sweep:${sweepId}`, detail: { reason } })
  })
  deps.log.info(MOVED[to], { sweepId })
}
