import { Command } from 'commander'
import { mailboxFolder } from '../app.js'
import { currentConfig } from '../config.js'
import { closeValve, openValve, valveState } from '../mail/service.js'
import { listMailbox } from '../platform/smtp-mailbox.js'
import { actor, isJson, withApp } from './context.js'
import { mailPreviewCommand } from './mail-preview.js'
import { faint, print, printJson } from './terminal.js'

export const mailCommand = (): Command =>
  new Command('mail')
    .description('mail to account holders')
    .addCommand(
      new Command('list')
        .description('list the embedded mailbox, which delivers nowhere')
        .option('--json', 'answer in JSON')
        .action(listAll),
    )
    .addCommand(mailPreviewCommand())
    .addCommand(valveCommand())

async function listAll(_options: unknown, command: Command): Promise<void> {
  const messages = await listMailbox(mailboxFolder(currentConfig()))
  if (isJson(command)) return printJson(messages)
  for (const { receivedAt, recipient, file } of messages) {
    print(`${receivedAt}  ${recipient.padEnd(40)}  ${faint(file)}`)
  }
  print(faint(`${messages.length} messages. Nobody outside was told.`))
}

function valveCommand(): Command {
  const valve = new Command('valve').description('the stop switch for all mail')
  for (const way of ['open', 'close'] as const) {
    valve.addCommand(
      new Command(way)
        .description(
          way === 'close'
            ? 'stop every mail that has not left'
            : 'let mail leave again; takes two people, unless FOUR_EYES=off',
        )
        .requiredOption('--reason <reason>', 'why; it goes into the audit')
        .option('--json', 'answer in JSON')
        .action(({ reason }: { reason: string }, command: Command) => turn(way, reason, command)),
    )
  }
  return valve
}

async function turn(way: 'open' | 'close', reason: string, command: Command): Promise<void> {
  const state = await withApp(async (app) => {
    const asked = { reason, actor: actor() }
    await (way === 'open' ? openValve(app, asked) : closeValve(app, asked))
    return valveState(app.db)
  })
  if (isJson(command)) return printJson(state)
  print(`The valve is ${state.state} since ${state.changedAt.toISOString()}: ${state.reason}`)
  if (!state.opening) return
  const { askedBy, lapsesAt } = state.opening
  print(`${askedBy} wants it open. Until ${lapsesAt.toISOString()} somebody else may agree:`)
  print(faint('  cordon mail valve open --reason …'))
}
