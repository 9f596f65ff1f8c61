import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { App } from '../app.js'
import { Refusal } from '../platform/errors.js'
import {
  approveSweep,
  getSweep,
  pauseSweep,
  type Sweep,
  startSweep,
} from '../sweeps/control/service.js'
import { renderReport } from '../sweeps/report/html.js'
import type { SweepReport } from '../sweeps/report/report.js'
import { sweepReport } from '../sweeps/report/service.js'
import { dueChunks } from '../sweeps/running/service.js'
import { startWorkers } from '../workers.js'
import { refuseUnwritable } from './files.js'
import { countsOf, showExposure, WORDS } from './plan-view.js'
import { type Waiting, watchMail, watchSweep } from './progress.js'
import { stopSignal } from './serve.js'
import { good, heading, number, print, printJson, table, warning } from './terminal.js'

export type ExecuteOptions = { actor: string; confirm: string; json: boolean; out?: string }

/**
 * Runs a confirmed plan in this process and whatever workers there are, watches it to its end and
 * writes the report. A sweep that was interrupted goes on; one that finished is refused.
 */
export async function executeSweep(
  app: App,
  sweepId: string,
  options: ExecuteOptions,
): Promise<void> {
  const path = options.out ?? join(app.config.dataDir, 'reports', `${sweepId}.html`)
  if (!options.out) mkdirSync(dirname(path), { recursive: true })
  refuseUnwritable(path)
  await approveAndStart(app, sweepId, options)
  const status = await runToEnd(app, sweepId, options)
  const report = await sweepReport(app.db, sweepId, { transport: app.transport })
  writeFileSync(path, renderReport(report), { mode: 0o600 })
  if (options.json) printJson({ ...report, reportPath: path })
  else showResult(app, await getSweep(app.db, sweepId), report, path)
  if (status !== 'finished') process.exitCode = 2
}

async function approveAndStart(app: App, sweepId: string, options: ExecuteOptions): Promise<void> {
  const sweep = await getSweep(app.db, sweepId)
  if (sweep.status === 'running') return
  if (sweep.status === 'planned') {
    const request = {
      planDigest: options.confirm,
      expectedResets: sweep.resets ?? 0,
      approver: options.actor,
    }
    const { status, approvalsNeeded } = await approveSweep(app, sweepId, request)
    if (status !== 'approved') throw waitsForOthers(sweepId, approvalsNeeded ?? 1)
  }
  if (sweep.status === 'paused') {
    throw new Refusal(
      'illegal_transition',
      `Sweep ${sweepId} is paused (${sweep.statusReason ?? 'no reason given'}). Let it go on with: cordon sweeps resume ${sweepId}`,
    )
  }
  await startSweep(app, sweepId, options.actor)
}

const waitsForOthers = (sweepId: string, needed: number) =>
  new Refusal(
    'forbidden',
    `Sweep ${sweepId} needs ${needed} approvals and has yours. The next person runs: cordon sweeps approve ${sweepId} --confirm DIGEST --expect-resets N`,
  )

/** Works until the sweep and its mails are through. Ctrl-C pauses the sweep and says how to go on. */
export async function runToEnd(
  app: App,
  sweepId: string,
  { actor, json }: { actor: string; json: boolean },
) {
  const workers = await startWorkers(app)
  const stopped = stopSignal().then(() =>
    pauseSweep(app, sweepId, { actor, reason: 'stopped at the terminal' }),
  )
  stopped.catch(() => undefined)
  try {
    const due = await dueChunks(app.db, sweepId)
    await workers.nudge(due.map(({ no }) => ({ sweepId, no })))
    const status = await watchSweep(app, sweepId, json)
    if (status === 'paused') {
      process.stderr.write(`\nPaused. Go on with: cordon sweeps resume ${sweepId}\n`)
      return status
    }
    const isRefused = () => workers.mailRefusal() !== undefined
    const mail = await watchMail(app, sweepId, json, isRefused)
    if (mail.waiting > 0) sayWaiting(mail, workers.mailRefusal())
    return status
  } finally {
    await workers.close()
  }
}

/** The response itself is done; that its owners are not told yet must not look like success. */
function sayWaiting(mail: Waiting, refusal = 'The mail server takes nothing.') {
  const { waiting, because, reason } = mail
  const mails = waiting === 1 ? 'One mail waits' : `${number(waiting)} mails wait`
  const why = {
    valve_closed: 'behind the closed valve: cordon mail valve open --reason …',
    deferred: 'because the mail server put them off; cordon serve sends them when they are due.',
    stopped: `because the mail of this sweep was stopped: ${reason} Two people let it go on: cordon mail valve open.`,
    refused: `for cordon serve to send them. ${refusal}`,
  }
  process.stderr.write(`cordon: ${mails} ${why[because ?? 'deferred']}\n`)
  process.exitCode = 2
}

function showResult(app: App, sweep: Sweep, report: SweepReport, path: string): void {
  const counts = countsOf(sweep)
  print(heading(`\nSweep ${sweep.id} ${sweep.status}`))
  showExposure(counts)
  print('\nWhat happened')
  const outcomes = Object.entries(report.byOutcome).filter(([, accounts]) => accounts > 0)
  print(table(outcomes.map(([outcome, accounts]) => [WORDS[outcome] ?? outcome, accounts])))
  const total = outcomes.reduce((sum, [, accounts]) => sum + accounts, 0)
  print(table([['all outcomes', total, `of ${number(counts.accounts)} matched accounts`]]))
  const broken = report.checks.filter((check) => !check.holds)
  if (broken.length === 0) print(good(`\nEvery one of ${report.checks.length} checks adds up.`))
  for (const { name, left, right } of broken)
    print(warning(`Does not add up: ${name} (${left} ≠ ${right})`))
  if (app.transport === 'embedded_mailbox')
    print(warning('Nobody outside was told: mail went to the embedded mailbox.'))
  print(`Report  ${path}`)
}
