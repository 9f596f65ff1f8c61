import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import type { Log } from '../../platform/log.js'
import { stageAll, valveState } from '../service.js'
import { lookHours, nextStep, type Schedule } from './schedule.js'
import * as store from './store.js'

/** An account whose owner was mailed and reminded and did nothing, with enough in it to ask people. */
export type IdleReset = { accountNo: bigint; sweepId: string | null }

export type ReminderDeps = {
  db: Db
  log: Log
  schedule: Schedule
  /** Above this much, as a decimal string in the reference currency, an idle account goes to people. */
  secondReviewerAbove: string
  textRevision: string
  /**
   * Locks what stands about these accounts, before their resets: in the order of everybody who
   * orders and completes resets.
   */
  lockAccounts: (tx: Tx, accountNos: readonly bigint[]) => Promise<void>
  /** Opens cases, in the transaction that finds the accounts idle. */
  onIdle: (tx: Tx, idle: readonly IdleReset[]) => Promise<void>
}

const AT_ONCE = 1_000
const HINDERED_HOURS = 0.25

/**
 * Looks at open resets whose turn has come: reminds owners who were mailed and did nothing, and asks
 * people about those who did nothing after the last reminder. Nobody is reminded while the valve is
 * closed for them or their sweep is paused or aborted, nor by texts that were not approved with it.
 * Any number of processes may; one at a time does. Returns how many resets were looked at.
 */
export async function remindDue(
  deps: ReminderDeps,
): Promise<{ looked: number; reminded: number; idle: number }> {
  const nothing = { looked: 0, reminded: 0, idle: 0 }
  const done = await inTx(deps.db, async (tx) => {
    if (!(await store.takeTurn(tx)) || (await valveState(tx)).state === 'closed') return nothing
    const due = await store.dueResets(tx, AT_ONCE)
    if (due.length === 0) return nothing
    await deps.lockAccounts(
      tx,
      due.map(({ accountNo }) => accountNo),
    )
    const open = await store.takeOpen(
      tx,
      due.map(({ resetNo }) => resetNo),
      { highValue: deps.secondReviewerAbove, textRevision: deps.textRevision },
    )
    return { looked: due.length, ...(await act(tx, deps, open)) }
  })
  if (done.reminded + done.idle > 0) deps.log.info('mail.reminders', done)
  return done
}

async function act(tx: Tx, deps: ReminderDeps, open: readonly store.OpenReset[]) {
  const steps = open.map((reset) => ({ reset, step: stepOf(reset, deps.schedule) }))
  const toRemind = steps.flatMap(({ reset, step }) =>
    step.kind === 'remind' && reset.mailKey !== null
      ? [{ ...reset, mailKey: reset.mailKey, round: step.round }]
      : [],
  )
  const idle = steps.flatMap(({ reset, step }) => (step.kind === 'idle' ? [reset] : []))
  const reminded = await remind(tx, toRemind)
  await deps.onIdle(
    tx,
    idle.filter(({ isHighValue }) => isHighValue),
  )
  await store.lookAgain(
    tx,
    steps.map(({ reset, step }) => ({ resetNo: reset.resetNo, inHours: hoursUntil(step, deps) })),
  )
  return { reminded, idle: idle.length }
}

function stepOf(reset: store.OpenReset, schedule: Schedule) {
  if (reset.hindrance === 'for_good') return { kind: 'never' } as const
  if (reset.hindrance === 'for_now') return { kind: 'look', inHours: HINDERED_HOURS } as const
  return nextStep(reset, schedule)
}

/** After a reminder comes a look at what became of it; after the end nothing does. */
function hoursUntil(step: ReturnType<typeof stepOf>, { schedule }: ReminderDeps): number | null {
  if (step.kind === 'look') return step.inHours
  return step.kind === 'remind' ? lookHours(schedule) : null
}

type ToRemind = store.OpenReset & { mailKey: string; round: number }

async function remind(tx: Tx, resets: readonly ToRemind[]): Promise<number> {
  const staged = new Set(
    await stageAll(
      tx,
      resets.map(({ mailKey, accountNo, resetNo, round }) => ({
        sweepId: mailKey,
        accountNo,
        resetNo,
        round,
        purpose: 'reminder' as const,
      })),
    ),
  )
  const reminded = resets.filter(({ accountNo }) => staged.has(accountNo))
  await recordAll(
    tx,
    reminded.map(({ accountId, mailKey, resetNo, round }) => ({
      kind: 'mail.reminded' as const,
      actor: 'cordon',
      subject: `account:${accountId}`,
      detail: { sweep: mailKey, reset: String(resetNo), round },
    })),
  )
  return reminded.length
}

/**
 * Takes back the reminders of an aborted sweep that have not left. Mails about a reset itself stay:
 * whose password no longer works must learn why. Returns how many. Joins the caller's transaction.
 */
export async function withdrawReminders(tx: Tx, sweepId: string): Promise<number> {
  return (await store.withdrawReminders(tx, sweepId)).length
}
