import { lockStandings } from './accounts/service.js'
import type { App } from './app.js'
import { openAll } from './cases/service.js'
import { SCHEDULE } from './mail/reminders/schedule.js'
import { type ReminderDeps, remindDue } from './mail/reminders/service.js'
import { foldTally } from './mail/status/service.js'
import { startLoop } from './platform/loop.js'

const REMIND_EVERY_MS = 60_000
const FOLD_EVERY_MS = 10_000

type Keeping = { onReminded: () => void; note: (event: string) => (error: unknown) => void }

/** Reminds owners who were mailed and did nothing, and keeps the counts of mail short, until closed. */
export function startMailKeeping(app: App, { onReminded, note }: Keeping) {
  const deps = { ...app, schedule: SCHEDULE, lockAccounts: lockStandings, onIdle: openIdle }
  const reminding = startLoop(
    async () => {
      const { looked, reminded } = await remindDue(deps)
      if (reminded > 0) onReminded()
      return looked > 0
    },
    { idleMs: REMIND_EVERY_MS, onError: note('mail.reminding_failed') },
  )
  const folding = startLoop(
    async () => {
      await foldTally(app)
      return false
    },
    { idleMs: FOLD_EVERY_MS, onError: note('mail.folding_failed') },
  )
  return {
    async close() {
      await reminding.close()
      await folding.close()
    },
  }
}

/** Somebody with much to lose who does not answer may not be the one who reads that mailbox. */
export const openIdle: ReminderDeps['onIdle'] = (tx, idle) =>
  openAll(
    tx,
    idle.map(({ accountNo, sweepId }) => ({
      accountNo,
      sweepId,
      tier: 'reset_idle',
      priority: 'normal',
      score: 50,
      because: ['reset_idle'],
    })),
    'cordon',
  )
