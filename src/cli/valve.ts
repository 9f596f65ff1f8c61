import { Command } from 'commander'
import { closedValves, closeValve, openValve, valveState } from '../mail/service.js'
import { GLOBAL, type Scope } from '../mail/valve.js'
import { Refusal } from '../platform/errors.js'
import { actor, isJson, withApp } from './context.js'
import { faint, good, print, printJson } from './terminal.js'

/** `cordon mail valve`: which valves are closed, and the two ways to turn one. */
export function valveCommand(): Command {
  const valve = new Command('valve')
    .description('the stop switches of mail: of all, of one sweep, of one lane')
    .option('--json', 'answer in JSON')
    .action(show)
  for (const way of ['open', 'close'] as const) {
    valve.addCommand(
      new Command(way)
        .description(
          way === 'close'
            ? 'stop every mail that has not left'
            : 'let mail leave again; takes two people, unless FOUR_EYES=off',
        )
        .option('--sweep <id>', 'only the mail of this sweep')
        .option('--lane <name>', 'only what goes to this mailbox provider')
        .requiredOption('--reason <reason>', 'why; it goes into the audit')
        .option('--json', 'answer in JSON')
        .action((options: TurnOptions, command: Command) => turn(way, options, command)),
    )
  }
  return valve
}

async function show(_options: unknown, command: Command): Promise<void> {
  const closed = await withApp((app) => closedValves(app.db))
  if (isJson(command)) return printJson(closed)
  if (closed.length === 0) print(good('Every valve is open.'))
  for (const each of closed) describe(each)
}

type TurnOptions = { sweep?: string; lane?: string; reason: string }

function scopeOf({ sweep, lane }: TurnOptions): Scope {
  if (sweep !== undefined && lane !== undefined) {
    throw new Refusal('input_invalid', 'Name a sweep or a lane, not both.')
  }
  if (sweep !== undefined) return `sweep:${sweep}`
  return lane === undefined ? GLOBAL : `lane:${lane}`
}

async function turn(way: 'open' | 'close', options: TurnOptions, command: Command): Promise<void> {
  const scope = scopeOf(options)
  const state = await withApp(async (app) => {
    const asked = { reason: options.reason, actor: actor(), scope }
    await (way === 'open' ? openValve(app, asked) : closeValve(app, asked))
    return valveState(app.db, scope)
  })
  if (isJson(command)) return printJson(state)
  describe(state)
}

function describe({
  scope,
  state,
  changedAt,
  reason,
  opening,
}: Awaited<ReturnType<typeof valveState>>) {
  const which = scope === GLOBAL ? 'The valve' : `The valve of ${scope}`
  print(`${which} is ${state} since ${changedAt.toISOString()}: ${reason}`)
  if (!opening) return
  print(
    `${opening.askedBy} wants it open. Until ${opening.lapsesAt.toISOString()} somebody else may agree:`,
  )
  print(faint(`  cordon mail valve open ${flagOf(scope)}--reason …`))
}

function flagOf(scope: Scope): string {
  if (scope === GLOBAL) return ''
  const colon = scope.indexOf(':')
  return `--${scope.slice(0, colon)} ${scope.slice(colon + 1)} `
}
