import { type App, mailboxFolder } from './app.js'
import { openAll } from './cases/service.js'
import { type MailDeps, sendDue } from './mail/jobs.js'
import { applyShaping, sortMail } from './mail/lanes/service.js'
import { returnsOf, seedCopiesOf } from './mail/returns/service.js'
import { sendSeeds } from './mail/waves/seeding/jobs.js'
import { refusesForGood } from './mail/waves/server-refusal.js'
import { stepWaves, stopAll } from './mail/waves/service.js'
import { openWriter } from './mail/writing/jobs.js'
import { startLoop } from './platform/loop.js'
import { Secret } from './platform/secret.js'
import { openTransport } from './platform/smtp.js'
import { startMailbox } from './platform/smtp-mailbox.js'
import { mintTokens } from './resets/service.js'
import { returnPathOf } from './returns-listener.js'
import { stagingOf } from './sweeps/running/service.js'

export type MailWorkers = {
  /** Something was staged or released: look at once. */
  nudge(): void
  /** Why the mail server takes nothing at the moment, in words for people. */
  refusal(): string | undefined
  close(): Promise<void>
}

const IDLE_MS = { mail: 500, sorting: 1_000, waves: 1_000 }

/** Sorts mail into lanes, lets waves go, and sends what is due, until closed. */
export async function startMail(app: App): Promise<MailWorkers> {
  await applyShaping(app)
  const mailbox = app.config.smtpUrl ? undefined : await startMailbox(mailboxFolder(app.config))
  const transport = openTransport(app.config.smtpUrl ?? new Secret(mailbox?.url ?? ''))
  const writer = openWriter(app.signingKeys)
  const loops = startLoops(app, {
    ...app,
    transport,
    write: writer.write,
    returnPath: returnPathOf(app.config),
    mint: (tx, resetNos) => mintTokens(tx, resetNos, app.sender.linkHours),
    onUndeliverable,
  })
  return {
    ...loops,
    async close() {
      await loops.close()
      transport.close()
      await writer.close()
      await mailbox?.close()
    },
  }
}

function startLoops(app: App, deps: MailDeps): MailWorkers {
  const stop = new AbortController()
  const trouble = noteOnce(app)
  const sending = startLoop(
    stoppingMail(app, async () => {
      const { accepted, rejected, unknown } = await sendDue(deps, stop.signal)
      trouble.isOver()
      const hasSent = accepted + rejected + unknown > 0
      if (hasSent) waves.nudge()
      return hasSent
    }),
    { idleMs: IDLE_MS.mail, onError: trouble.note },
  )
  const waves = startLoop(
    stoppingMail(app, async () => {
      const isReleased = await stepWaves({ ...app, stagingOf, returnsOf, seedCopiesOf })
      if (isReleased) sending.nudge()
      return (await sendSeeds(deps, stop.signal)) > 0
    }),
    { idleMs: IDLE_MS.waves, onError: trouble.note },
  )
  const sorting = startSorting(app, () => sending.nudge())
  const loops = [sorting, waves, sending]
  return {
    nudge: () => {
      for (const loop of loops) loop.nudge()
    },
    refusal: trouble.words,
    async close() {
      stop.abort()
      for (const loop of loops) await loop.close()
    },
  }
}

const startSorting = (app: App, onSorted: () => void) =>
  startLoop(
    async () => {
      const sorted = await sortMail(app)
      if (sorted > 0) onSorted()
      return sorted > 0
    },
    {
      idleMs: IDLE_MS.sorting,
      onError: (error) =>
        app.log.error('mail.sorting_failed', {
          because: error instanceof Error ? error.name : 'unknown',
        }),
    },
  )

/** Says each new trouble once, and keeps it for people until it is over. */
function noteOnce({ log }: App) {
  let words: string | undefined
  return {
    words: () => words,
    isOver: () => {
      words = undefined
    },
    note: (error: unknown) => {
      const because = error instanceof Error ? error.message : 'unknown'
      if (because !== words) log.error('mail.unavailable', { because })
      words = because
    },
  }
}

/** A mail server that refuses us for good stops the mail of every sweep until people have looked. */
const stoppingMail = (app: App, turn: () => Promise<boolean>) => async () => {
  try {
    return await turn()
  } catch (error) {
    if (refusesForGood(error)) await stopAll(app, error.detail)
    throw error
  }
}

/** A mail that did not arrive, or may not have, is a question for people. */
const onUndeliverable: MailDeps['onUndeliverable'] = (tx, { accountNo, sweepId, status }) =>
  openAll(
    tx,
    [
      {
        accountNo,
        sweepId,
        tier: 'undelivered',
        priority: 'high',
        score: 100,
        because: [`mail_${status}`],
      },
    ],
    'cordon',
  )
