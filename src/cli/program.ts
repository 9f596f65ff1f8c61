import { Command } from 'commander'
import { refuseLocalOnly } from './remote.js'

/** In the order of the help; what a command needs is read when it is named. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  sweep: async () => (await import('./sweep.js')).sweepCommand(),
  sweeps: async () => (await import('./sweeps.js')).sweepsCommand(),
  incidents: async () => (await import('./incidents.js')).incidentsCommand(),
  watch: async () => (await import('./watch.js')).watchCommand(),
  parse: async () => (await import('./parse.js')).parseCommand(),
  accounts: async () => (await import('./accounts.js')).accountsCommand(),
  attempts: async () => (await import('./attempts.js')).attemptsCommand(),
  catalogue: async () => (await import('./catalogue.js')).catalogueCommand(),
  cases: async () => (await import('./cases.js')).casesCommand(),
  mail: async () => (await import('./mail.js')).mailCommand(),
  audit: async () => (await import('./audit.js')).auditCommand(),
  staff: async () => (await import('./staff.js')).staffCommand(),
  keys: async () => (await import('./keys.js')).keysCommand(),
  events: async () => (await import('./events.js')).eventsCommand(),
  serve: async () => (await import('./serve.js')).serveCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  restored: async () => (await import('./restored.js')).restoredCommand(),
  demo: async () => (await import('./demo.js')).demoCommand(),
}

const EXAMPLES = `
Examples:
  cordon demo                                  see the whole response on invented data
  cordon accounts import accounts.csv          tell Cordon which accounts there are
  cordon sweep leak.eml --title "Index mail"   plan: shows who would be held, reset, reviewed
  cordon sweep leak.eml --title "Index mail" --execute --confirm DIGEST
  cordon cases next                            take the most urgent question

Exit codes: 0 done, 1 a bug, 2 refused (the message says why and what to do).
Configuration is read from the environment; see .env.example.`

/**
 * The command line for these arguments: each command calls the same services as the API. Only the
 * one that is named is there, and all where none is, as for help.
 */
export async function buildProgram(args: readonly string[]): Promise<Command> {
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
  const commands = await Promise.all(namedIn(args).map((load) => load()))
  for (const command of commands) program.addCommand(command)
  program.exitOverride((exit) => {
    process.exit(exit.exitCode === 0 ? 0 : 2)
  })
  for (const command of commands) inherit(command, program)
  return program
}

function namedIn(args: readonly string[]): (() => Promise<Command>)[] {
  const first = args.find((arg) => arg === 'help' || Object.hasOwn(COMMANDS, arg))
  const named = first === undefined ? undefined : COMMANDS[first]
  if (named) return [named]
  return args[0] === '--version' ? [] : Object.values(COMMANDS)
}

/** A command that is added takes over nothing by itself: neither exit codes nor the form of errors. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
}
