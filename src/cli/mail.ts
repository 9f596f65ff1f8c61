import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import { type App, mailboxFolder } from '../app.js'
import { currentConfig } from '../config.js'
import { incidentFunnel } from '../mail/funnel/service.js'
import { retryUnknown } from '../mail/retrying/service.js'
import { mailStatus } from '../mail/status/service.js'
import { inTx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { listMailbox } from '../platform/smtp-mailbox.js'
import { actor, isJson, withApp } from './context.js'
import { mailPreviewCommand } from './mail-preview.js'
import { funnelText, statusText } from './mail-views.js'
import { faint, number, print, printJson } from './terminal.js'
import { valveCommand } from './valve.js'

export const mailCommand = (): Command =>
  new Command('mail')
    .description('mail to account holders')
    .addCommand(
      withJson('status', 'valves, lanes and sweeps: what waits, what left, and how long it takes')
        .option('--watch', 'again every second, until you end it')
        .action(showStatus),
    )
    .addCommand(
      withJson('list', 'list the embedded mailbox, which delivers nowhere').action(listAll),
    )
    .addCommand(mailPreviewCommand())
    .addCommand(valveCommand())
    .addCommand(
      withJson('retry-unknown', 'send again what may or may not have arrived, once each')
        .option('--sweep <id>', 'every unknown mail of this sweep')
        .option('--mail <id>', 'this mail alone')
        .requiredOption('--reason <reason>', 'why; it goes into the audit')
        .action(retry),
    )
    .addCommand(
      withJson('funnel', 'from ordered resets to new passwords, by batch, lane and locale')
        .argument('<incident>', 'the incident')
        .action(showFunnel),
    )

const withJson = (name: string, description: string) =>
  new Command(name).description(description).option('--json', 'answer in JSON')

async function listAll(_options: unknown, command: Command): Promise<void> {
  const messages = await listMailbox(mailboxFolder(currentConfig()))
  if (isJson(command)) return printJson(messages)
  for (const { receivedAt, recipient, file } of messages) {
    print(`${receivedAt}  ${recipient.padEnd(40)}  ${faint(file)}`)
  }
  print(faint(`${messages.length} messages. Nobody outside was told.`))
}

const WATCH_EVERY_MS = 1_000
const CLEAR = '\u001b[2J\u001b[H'

async function showStatus({ watch = false }: { watch?: boolean }, command: Command): Promise<void> {
  const show = async (app: App) => {
    const status = await inTx(app.db, mailStatus)
    if (isJson(command)) return printJson(status)
    print(`${watch && process.stdout.isTTY ? CLEAR : ''}${statusText(status, app.transport)}`)
  }
  await withApp(async (app) => {
    await show(app)
    while (watch) {
      await pause(WATCH_EVERY_MS)
      await show(app)
    }
  })
}

type RetryOptions = { sweep?: string; mail?: string; reason: string }

async function retry({ sweep, mail, reason }: RetryOptions, command: Command): Promise<void> {
  if (sweep === undefined && mail === undefined) {
    throw new Refusal('input_invalid', 'Say what to send again: --sweep ID, or --mail ID.')
  }
  const order = { ...(sweep ? { sweepId: sweep } : {}), mailId: mail, reason, actor: actor() }
  const staged = await withApp((app) => inTx(app.db, (tx) => retryUnknown(tx, order)))
  if (isJson(command)) return printJson({ staged })
  print(
    `${number(staged)} mails are staged again. Those that were unknown stay on record as they are.`,
  )
}

async function showFunnel(incidentId: string, _options: unknown, command: Command): Promise<void> {
  const funnel = await withApp((app) => incidentFunnel(app, incidentId))
  if (isJson(command)) return printJson(funnel)
  print(funnelText(funnel))
}
