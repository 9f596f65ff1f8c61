import { Command } from 'commander'
import { accountsCommand } from './accounts.js'
import { attemptsCommand } from './attempts.js'
import { auditCommand } from './audit.js'
import { casesCommand } from './cases.js'
import { catalogueCommand } from './catalogue.js'
import { demoCommand } from './demo.js'
import { eventsCommand } from './events.js'
import { incidentsCommand } from './incidents.js'
import { keysCommand } from './keys.js'
import { mailCommand } from './mail.js'
import { parseCommand } from './parse.js'
import { refuseLocalOnly } from './remote.js'
import { serveCommand } from './serve.js'
import { staffCommand } from './staff.js'
import { sweepCommand } from './sweep.js'
import { sweepsCommand } from './sweeps.js'
import { watchCommand } from './watch.js'

const EXAMPLES = `
Examples:
  cordon demo                                  see the whole response on invented data
  cordon accounts import accounts.csv          tell Cordon which accounts there are
  cordon sweep leak.eml --title "Index mail"   plan: shows who would be held, reset, reviewed
  cordon sweep leak.eml --title "Index mail" --execute --confirm DIGEST
  cordon cases next                            take the most urgent question

Exit codes: 0 done, 1 a bug, 2 refused (the message says why and what to do).
Configuration is read from the environment; see .env.example.`

/** The command line: each command calls the same services as the API. */
export function buildProgram(): Command {
  const program = new Command('cordon')
    .description("Protects a platform's accounts after its users' e-mail addresses were exposed.")
    .version('0.1.0')
    .option('--json', 'answer in JSON, for machines')
    .option(
      '--url <origin>',
      'work on the Cordon whose staff listener this is, with the key in CORDON_KEY',
    )
    .hook('preAction', (_program, command) => refuseLocalOnly(command))
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'cordon: ')) })
  const commands = [
    sweepCommand(),
    sweepsCommand(),
    incidentsCommand(),
    watchCommand(),
    parseCommand(),
    accountsCommand(),
    attemptsCommand(),
    catalogueCommand(),
    casesCommand(),
    mailCommand(),
    auditCommand(),
    staffCommand(),
    keysCommand(),
    eventsCommand(),
    serveCommand(),
    demoCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  program.exitOverride((exit) => {
    process.exit(exit.exitCode === 0 ? 0 : 2)
  })
  for (const command of commands) inherit(command, program)
  return program
}

/** A command that is added takes over nothing by itself: neither exit codes nor the form of errors. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
}
