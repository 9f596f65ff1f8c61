import { Command } from 'commander'
import type { App } from '../app.js'
import { Refusal } from '../platform/errors.js'
import { exploitation } from '../sweeps/exploitation/service.js'
import { isJson, withApp } from './context.js'
import { faint, good, heading, number, print, printJson, table, warning } from './terminal.js'

export const incidentsCommand = (): Command =>
  new Command('incidents')
    .description('exposures, their sweeps, and whether the leak is being used')
    .addCommand(
      new Command('list')
        .description('all incidents, the newest first')
        .option('--json', 'answer in JSON')
        .action(list),
    )
    .addCommand(
      new Command('show')
        .description('one incident: its lists, its sweeps, and who uses the leak since when')
        .argument('<id>')
        .option('--json', 'answer in JSON')
        .action(show),
    )

async function list(_options: unknown, command: Command): Promise<void> {
  const incidents = await withApp((app) =>
    app.db.incident.findMany({ orderBy: { occurredAt: 'desc' }, take: 100 }),
  )
  if (isJson(command)) return printJson(incidents)
  if (incidents.length === 0) return print('No incidents yet. cordon sweep FILE opens one.')
  for (const { id, title, status, occurredAt } of incidents) {
    print(`${id}  ${status.padEnd(6)}  ${occurredAt.toISOString()}  ${title}`)
  }
}

async function show(id: string, _options: unknown, command: Command): Promise<void> {
  const seen = await withApp((app) => lookAt(app, id))
  if (isJson(command)) return printJson(seen)
  const { incident, lists, sweeps, leak } = seen
  print(heading(incident.title))
  print(
    table([
      ['status', incident.status],
      ['happened', incident.occurredAt.toISOString()],
      ['lists', lists],
      ['sweeps', sweeps.length, sweeps.map((sweep) => `${sweep.id} ${sweep.status}`).join(', ')],
    ]),
  )
  showLeak(leak)
}

async function lookAt(app: App, id: string) {
  const incident = await app.db.incident.findUnique({ where: { id } })
  if (!incident) throw new Refusal('not_found', `There is no incident ${id}.`)
  const sweeps = await app.db.sweep.findMany({
    where: { incidentId: id },
    select: { id: true, status: true, createdAt: true },
    orderBy: { createdAt: 'asc' },
  })
  const lists = await app.db.list.count({ where: { incidentId: id } })
  return { incident, lists, sweeps, leak: await exploitation(app, id) }
}

const SHOWN = 20

function showLeak({ sources, firstAt, population }: Awaited<ReturnType<typeof lookAt>>['leak']) {
  const tried = `Of ${number(population.targets)} people who log in, ${number(population.exposedTargets)} are exposed`
  if (!firstAt) {
    print(good('\nNo sign that the leak is being used.'))
    return print(faint(`  ${tried}. Sources that tried fewer than 5 tell nothing.`))
  }
  print(warning(`\nThe leak is being used, since ${firstAt.toISOString()}.`))
  print(faint(`  ${tried}.`))
  for (const { says } of sources.slice(0, SHOWN)) print(`  ${says}`)
  if (sources.length > SHOWN) print(faint(`  and ${sources.length - SHOWN} more: --json`))
}
