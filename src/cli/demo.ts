import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { type App, openApp } from '../app.js'
import { sealEvents, verifyAudit } from '../audit/service.js'
import { type Config, currentConfig } from '../config.js'
import { enrolPeople } from '../demo/people.js'
import {
  attackAfterTheSweep,
  decideOneCase,
  followOwner,
  setTheScene,
  takeLeak,
} from '../demo/story.js'
import { startListeners } from '../listeners.js'
import { freePort, wipeEmbeddedPostgres } from '../platform/embedded-postgres.js'
import { Refusal } from '../platform/errors.js'
import { DEFAULT_POLICY } from '../scoring/default-policy.js'
import { approveSweep, getSweep, startSweep } from '../sweeps/control/service.js'
import { renderReport } from '../sweeps/report/html.js'
import { sweepReport } from '../sweeps/report/service.js'
import { dueChunks } from '../sweeps/running/service.js'
import { startWorkers } from '../workers.js'
import { isJson } from './context.js'
import { fileSource } from './files.js'
import { countsOf, showPlan } from './plan-view.js'
import { watchMail, watchSweep } from './progress.js'
import { stopSignal } from './serve.js'
import { planWithProgress } from './sweep.js'
import {
  faint,
  good,
  heading,
  number,
  print,
  printJson,
  startProgress,
  table,
  warning,
} from './terminal.js'

const ACTOR = 'os:demo'

export const demoCommand = (): Command =>
  new Command('demo')
    .description(
      'the whole response on invented data: leak, attack, plan, holds, resets, mail, cases, report',
    )
    .option('--once', 'exit when the story is told')
    .option('--accounts <n>', 'how many accounts the invented platform has', accountsOption, 5_000)
    .option('--json', 'answer with the summary in JSON')
    .action(demo)

function accountsOption(text: string): number {
  const accounts = Number(text)
  if (Number.isInteger(accounts) && accounts >= 500 && accounts <= 1_000_000) return accounts
  throw new Refusal('input_invalid', '--accounts must be a whole number from 500 to 1000000.')
}

async function demo(
  options: { once?: boolean; accounts: number },
  command: Command,
): Promise<void> {
  const config = await demoConfig(currentConfig(), options.once ?? false)
  await wipeEmbeddedPostgres(config.dataDir)
  const app = await openApp(config)
  try {
    await tell(app, options.accounts, isJson(command))
    if (!options.once) await stayUp(app)
  } finally {
    await app.close()
  }
}

/** A folder, database and mailbox of its own: the demo never meets real accounts or a real mail server. */
async function demoConfig(config: Config, once: boolean): Promise<Config> {
  const ports = once ? { staff: await freePort(), public: await freePort() } : undefined
  const dataDir = join(config.dataDir, 'demo')
  return {
    ...config,
    dataDir,
    checkpoints: { folder: join(dataDir, 'checkpoints'), key: undefined }, // not among those of real records
    databaseUrl: undefined,
    redisUrl: undefined,
    smtpUrl: undefined,
    fourEyes: false,
    staff: { ...config.staff, ...(ports && { host: '127.0.0.1', port: ports.staff }) },
    public: {
      ...config.public,
      url: undefined,
      ...(ports && { host: '127.0.0.1', port: ports.public }),
    },
  }
}

async function tell(app: App, accounts: number, json: boolean): Promise<void> {
  const startedAt = performance.now()
  const listeners = await startListeners(app)
  const workers = await startWorkers(app)
  try {
    const chapter = json ? () => undefined : (title: string) => print(`\n${heading(title)}`)
    chapter('1. A platform, and two weeks of its logins')
    const progress = startProgress('accounts', accounts, json)
    const files = await setTheScene(app, accounts, (done) => progress.update(done))
    progress.stop()
    const owner = await followOwner(app, files, listeners.public)
    chapter(`2. ${files.leak.length} files with exposed addresses in ${files.folder}`)
    const lists = await takeLeak(app, files, fileSource)
    const sweepId = await planWithProgress(app, { ...lists, policy: DEFAULT_POLICY }, json)
    const planned = await getSweep(app.db, sweepId)
    chapter('3. The plan: nothing has happened yet')
    if (!json) showPlan(app, planned)
    chapter('4. The plan is confirmed and runs')
    await runPlan(app, workers, sweepId, json)
    chapter('5. One owner chooses a new password')
    const story = await owner.after()
    const decided = await decideOneCase(app)
    const watch = await attackAfterTheSweep(app, sweepId, listeners.public)
    await watchMail(app, sweepId, true)
    await sealEvents(app)
    const audit = await verifyAudit(app)
    const report = await sweepReport(app.db, sweepId, { transport: app.transport })
    const reportPath = join(app.config.dataDir, 'report.html')
    writeFileSync(reportPath, renderReport(report))
    const seconds = (performance.now() - startedAt) / 1_000
    const summary = {
      seconds,
      sweepId,
      counts: countsOf(planned),
      story,
      decided,
      watch,
      audit,
      report,
      reportPath,
    }
    if (json) printJson(summary)
    else showSummary(summary)
    const isSound = report.checks.every(({ holds }) => holds) && !audit.fault && isOwnerHappy(story)
    if (!isSound) throw new Error('The demo did not add up')
  } finally {
    await workers.close()
    await listeners.close()
  }
}

type Summary = {
  seconds: number
  counts: ReturnType<typeof countsOf>
  story: Awaited<ReturnType<Awaited<ReturnType<typeof followOwner>>['after']>>
  decided: Awaited<ReturnType<typeof decideOneCase>>
  watch: Awaited<ReturnType<typeof attackAfterTheSweep>>
  audit: Awaited<ReturnType<typeof verifyAudit>>
  report: Awaited<ReturnType<typeof sweepReport>>
  reportPath: string
}

const isOwnerHappy = ({ before, after, oldPassword, newPassword }: Summary['story']) =>
  before === 'ok' && after === 'reset_required' && oldPassword === 'invalid' && newPassword === 'ok'

async function runPlan(
  app: App,
  workers: Awaited<ReturnType<typeof startWorkers>>,
  sweepId: string,
  json: boolean,
) {
  const { planDigest, resets } = await getSweep(app.db, sweepId)
  const approval = { planDigest: planDigest ?? '', expectedResets: resets ?? 0, approver: ACTOR }
  await approveSweep(app, sweepId, approval)
  await startSweep(app, sweepId, ACTOR)
  const due = await dueChunks(app.db, sweepId)
  await workers.nudge(due.map(({ no }) => ({ sweepId, no })))
  await watchSweep(app, sweepId, json)
  await watchMail(app, sweepId, json)
}

function showSummary({
  seconds,
  counts,
  story,
  decided,
  watch,
  audit,
  report,
  reportPath,
}: Summary): void {
  print(
    table([
      ['before the sweep', story.before, 'the old password'],
      ['after it', story.after, 'the old password is dead'],
      ['link from the mail', 'new password set', 'the page needs no JavaScript'],
      ['old password', story.oldPassword],
      ['new password', story.newPassword, 'value stays held for a day'],
    ]),
  )
  print(`\n${heading('6. A reviewer decided the most urgent case')}`)
  print(
    table([
      ['case', decided.id],
      ['tier', decided.tier],
      ['decision', decided.decision ?? ''],
    ]),
  )
  print(`\n${heading('7. A day later: the watch')}`)
  print(
    table([
      ['account', watch.accountId, 'was only told by the sweep'],
      ['the login service posts', '13 attempts', watch.says],
      ['tier', watch.tierAfter, watch.effects.join(', ')],
      ['attempt to protection', `${watch.latencyMs} ms`, 'nobody touched anything'],
    ]),
  )
  const done = Object.values(report.byOutcome).reduce((sum, accounts) => sum + accounts, 0)
  print(`\n${heading('Does it add up?')}`)
  print(
    table([
      [
        'exposed',
        counts.exposed,
        `= ${number(counts.matched)} matched + ${number(counts.unknown)} unknown + ${number(counts.rejected)} rejected`,
      ],
      ['outcomes', done, `of ${number(counts.accounts)} matched accounts`],
      [
        'checks that hold',
        report.checks.filter(({ holds }) => holds).length,
        `of ${report.checks.length}`,
      ],
      ['audit events that verify', audit.verified],
    ]),
  )
  print(warning('\nNobody outside was told: mail went to the embedded mailbox.'))
  print(good(`Done in ${seconds.toFixed(1)} s.`))
  print(`Report  ${reportPath}`)
}

async function stayUp(app: App): Promise<void> {
  const stopped = stopSignal()
  const listeners = await startListeners(app)
  const workers = await startWorkers(app)
  const people = await enrolPeople(app)
  print(`\n${heading('Look around')}`)
  print(`The console is at ${good(listeners.staff)} and knows two people. Enter a code in place of`)
  print('an authenticator’s; each works once.\n')
  for (const { email, password, recoveryCodes } of people)
    print(table([[email, password, recoveryCodes.slice(0, 3).join('  ')]]))
  print(`\nPublic listener ${listeners.public}. ${faint('Ctrl-C stops it.')}`)
  print(
    faint(
      `On the command line with CORDON_DATA_DIR=${app.config.dataDir}: cordon cases next, cordon mail list, cordon audit verify`,
    ),
  )
  await stopped
  await listeners.close()
  await workers.close()
}
