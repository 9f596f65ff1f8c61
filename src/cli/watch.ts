import { Command } from 'commander'
import type { App } from '../app.js'
import { Refusal } from '../platform/errors.js'
import { allowWaiting, resumeWatch, stopWatch, watchFigures } from '../sweeps/watch/service.js'
import { actor, isJson, withApp } from './context.js'
import { print, printJson, table } from './terminal.js'

export const watchCommand = (): Command =>
  new Command('watch')
    .description('the standing order of a finished sweep: what happens to exposed accounts since')
    .addCommand(onSweep('show', 'how many it protected, how fast, and who waits').action(show))
    .addCommand(
      onSweep('allow', 'act on accounts that wait because the watch reached its limit')
        .requiredOption('--accounts <n>', 'at most so many, the most urgent first', Number)
        .action(allow),
    )
    .addCommand(
      onSweep('stop', 'stop it; nothing of it is in flight when the command returns')
        .requiredOption('--reason <reason>', 'why; it goes into the audit')
        .action(stop),
    )
    .addCommand(
      onSweep('resume', 'let it go on; what was heard meanwhile is looked at').action(resume),
    )

const onSweep = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .argument('<id>', 'the sweep')
    .option('--json', 'answer in JSON')

async function show(id: string, _options: unknown, command: Command): Promise<void> {
  const figures = await withApp((app) => watchFigures(app.db, id))
  if (isJson(command)) return printJson(figures)
  print(
    table([
      ['protected since the sweep', figures.applied, tiersOf(figures.byTier)],
      ['  within the last hour', figures.lastHour],
      ['wait for people', figures.waiting, figures.waiting > 0 ? 'cordon watch allow' : ''],
      [
        'attempt to protection',
        ms(figures.p50Ms),
        `median; ${ms(figures.p99Ms)} at the 99th percentile`,
      ],
    ]),
  )
}

const tiersOf = (byTier: Record<string, number>) =>
  Object.entries(byTier)
    .map(([tier, accounts]) => `${accounts} ${tier}`)
    .join(', ')

const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value)} ms`)

async function allow(id: string, options: { accounts: number }, command: Command): Promise<void> {
  const { accounts } = options
  if (!Number.isInteger(accounts) || accounts < 1) {
    throw new Refusal('input_invalid', '--accounts must be a whole number above 0.')
  }
  const allowed = await withApp((app) => allowWaiting(app, id, { accounts, actor: actor() }))
  if (isJson(command)) return printJson({ allowed })
  print(allowed === 0 ? 'Nobody waits.' : `Acted on ${allowed}.`)
}

const stop = (id: string, options: { reason: string }, command: Command) =>
  turn(command, (app) => stopWatch(app, id, { reason: options.reason, actor: actor() }))

const resume = (id: string, _options: unknown, command: Command) =>
  turn(command, (app) => resumeWatch(app, id, { actor: actor() }))

async function turn(command: Command, how: (app: App) => Promise<void>): Promise<void> {
  await withApp(how)
  if (isJson(command)) printJson({ done: true })
  else print('Done.')
}
