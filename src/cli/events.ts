import { Command, InvalidArgumentError, Option } from 'commander'
import type { App } from '../app.js'
import { EVENT_FORMATS } from '../contract/events.js'
import type { Format } from '../events/endpoint.js'
import {
  addEndpoint,
  disableEndpoint,
  listDeliveries,
  listEndpoints,
  replayDeliveries,
  rotateSecret,
} from '../events/service.js'
import { rotateSigningKey } from '../events/signing/service.js'
import { inTx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { actor, isJson, withApp } from './context.js'
import { print, printJson } from './terminal.js'

export const eventsCommand = (): Command =>
  new Command('events')
    .description('who is told of what happens, by webhook or as security event tokens')
    .addCommand(
      json('add', 'tell another system; its secret is shown once')
        .addOption(
          new Option('--format <format>', 'how it is told')
            .choices([...EVENT_FORMATS])
            .makeOptionMandatory(),
        )
        .option('--url <url>', 'where to send; https')
        .option('--types <types>', 'of what, separated by commas; everything when left out', list)
        .option('--audience <audience>', 'who tokens are for; the origin of the URL when left out')
        .action(add),
    )
    .addCommand(json('list', 'who is told, and what waits or is dead').action(listAll))
    .addCommand(
      json('disable', 'tell it no more, at once').argument('<id>', 'the endpoint').action(disable),
    )
    .addCommand(
      json('rotate', 'a new secret for an endpoint, or a new key that signs tokens')
        .argument('[id]', 'the endpoint')
        .option('--hours <n>', 'how long the secret before it stays live', Number, 24)
        .option('--signing-key', 'make a new key; the one before stays published for a month')
        .action(rotate),
    )
    .addCommand(
      selecting(json('deliveries', 'the newest deliveries and what became of them'))
        .option('--limit <n>', 'how many', Number, 50)
        .action(deliveries),
    )
    .addCommand(
      selecting(json('replay', 'send again: dead letters, or any by id'))
        .argument('[id...]', 'deliveries, as webhook-id or jti names them')
        .action(replay),
    )

const json = (name: string, description: string) =>
  new Command(name).description(description).option('--json', 'answer in JSON')

const selecting = (command: Command) =>
  command
    .option('--endpoint <id>', 'only of this endpoint')
    .addOption(
      new Option('--status <status>', 'only with this status').choices([
        'pending',
        'accepted',
        'dead',
      ]),
    )
    .option('--from <time>', 'made at this time or later, such as 2026-11-24T16:00:00Z', time)
    .option('--to <time>', 'made before this time', time)

const list = (value: string) => value.split(',').map((each) => each.trim())

function time(value: string): Date {
  const at = new Date(value)
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('Write it as 2026-11-24T16:00:00Z.')
  return at
}

const withEvents = <T>(work: (deps: App & { outbound: App['config']['events'] }) => Promise<T>) =>
  withApp((app) => work({ ...app, outbound: app.config.events }))

type Added = { format: Format; url?: string; types?: string[]; audience?: string }

async function add(options: Added, command: Command): Promise<void> {
  const { format, url, types, audience } = options
  const made = await withEvents((deps) =>
    inTx(deps.db, (tx) => addEndpoint(tx, deps, { format, url, types, audience, actor: actor() })),
  )
  showSecret(made, command)
}

function showSecret(made: { id: string; secret: string }, command: Command): void {
  if (isJson(command)) printJson(made)
  else print(`${made.id}\n${made.secret}\n\nKeep the second line: it is not shown again.`)
}

async function listAll(_options: unknown, command: Command): Promise<void> {
  const endpoints = await withApp((app) => listEndpoints(app))
  if (isJson(command)) return printJson(endpoints)
  for (const { id, format, url, audience, types, pending, dead, disabledAt } of endpoints) {
    const state = disabledAt ? `disabled ${disabledAt.toISOString()}` : 'live'
    print(`${id}  ${format.padEnd(8)}  ${state}  ${pending} wait, ${dead} dead  ${url ?? audience}`)
    print(`  ${types.join(' ')}`)
  }
}

async function disable(id: string, _options: unknown, command: Command): Promise<void> {
  await withApp((app) => disableEndpoint(app, { id, actor: actor() }))
  if (isJson(command)) return printJson({ disabled: id })
  print(`${id} is told no more.`)
}

type Rotated = { hours: number; signingKey?: true }

async function rotate(
  id: string | undefined,
  { hours, signingKey }: Rotated,
  command: Command,
): Promise<void> {
  if ((id === undefined) !== (signingKey === true))
    throw new Refusal('input_invalid', 'Name one endpoint, or --signing-key.')
  if (id !== undefined) {
    const rotating = { id, actor: actor(), overlapHours: hours }
    const made = await withApp((app) =>
      inTx(app.db, (tx) => rotateSecret(tx, app.cipher, rotating)),
    )
    return showSecret(made, command)
  }
  const kid = await withApp((app) => rotateSigningKey(app, actor()))
  if (isJson(command)) return printJson({ kid })
  print(`${kid} signs from now on.`)
}

type Selected = { endpoint?: string; status?: string; from?: Date; to?: Date }

async function deliveries(
  { limit, ...selected }: Selected & { limit: number },
  command: Command,
): Promise<void> {
  if (!Number.isInteger(limit) || limit < 1)
    throw new Refusal('input_invalid', '--limit must be a whole number above 0.')
  const found = await withApp((app) => listDeliveries(app, selected, limit))
  if (isJson(command)) return printJson(found)
  for (const { id, endpoint, type, status, attempts, answer, reason, dueAt } of found) {
    const because = [answer, reason].filter((each) => each !== null).join(' ')
    const due = dueAt ? `due ${dueAt.toISOString()}` : ''
    print(
      `${id}  ${endpoint}  ${status.padEnd(8)}  ${attempts} tries  ${type}  ${because} ${due}`.trimEnd(),
    )
  }
}

async function replay(ids: string[], selected: Selected, command: Command): Promise<void> {
  const replayed = await withApp((app) =>
    replayDeliveries(app, { ...selected, ids, actor: actor() }),
  )
  if (isJson(command)) return printJson({ replayed })
  print(replayed === 0 ? 'Nothing to send again.' : `${replayed} will be sent again.`)
}
