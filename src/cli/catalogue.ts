import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { type Catalogue, catalogueVersion, parseCatalogue } from '../logins/catalogue.js'
import { currentCatalogue, type Difference, reclassify } from '../logins/reclassifying/service.js'
import { Refusal } from '../platform/errors.js'
import { actor, isJson, withApp } from './context.js'
import { faint, heading, number, print, printJson, table } from './terminal.js'

export const catalogueCommand = (): Command =>
  new Command('catalogue')
    .description('the thresholds by which login attempts are found hostile')
    .addCommand(
      new Command('show').description('the catalogue that judges now, as JSON').action(show),
    )
    .addCommand(
      onFile('compare', 'what another catalogue would change in stored history').action(compare),
    )
    .addCommand(onFile('switch', 'judge by another catalogue, history included').action(switchOn))

const onFile = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .argument('<file>', 'a catalogue as JSON, with a version of its own')
    .option('--json', 'answer in JSON')

async function show(): Promise<void> {
  print(JSON.stringify(await withApp((app) => currentCatalogue(app.db)), null, 2))
}

const compare = (file: string, _options: unknown, command: Command) =>
  judge(readCatalogue(file), command, false)

const switchOn = (file: string, _options: unknown, command: Command) =>
  judge(readCatalogue(file), command, true)

function readCatalogue(file: string): Catalogue {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new Refusal('file_not_found', `${file} cannot be read.`)
  }
  try {
    return parseCatalogue(JSON.parse(text))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('catalogue_invalid', `${file} is not JSON. Start from: cordon catalogue show`)
  }
}

async function judge(catalogue: Catalogue, command: Command, isSwitch: boolean): Promise<void> {
  const difference = await withApp((app) =>
    reclassify(app, catalogue, { switchOn: isSwitch, actor: actor() }),
  )
  if (isJson(command)) return printJson(difference)
  showDifference(difference)
  if (isSwitch) print(`\n${catalogueVersion(catalogue)} judges from now on.`)
  else print(faint('\nNothing was changed. cordon catalogue switch FILE makes it so.'))
}

function showDifference({ from, to, signals, accounts }: Difference): void {
  print(heading(`${from} → ${to}`))
  print(
    table([
      [
        'accounts attacked',
        accounts.attackedAfter,
        change(accounts.attackedBefore, accounts.newlyAttacked, accounts.noLongerAttacked),
      ],
      [
        'accounts entered',
        accounts.enteredAfter,
        change(accounts.enteredBefore, accounts.newlyEntered, accounts.noLongerEntered),
      ],
      ...signals.map(({ kind, before, after, fresh, gone }): [string, number, string] => [
        `  ${kind.replaceAll('_', ' ')}`,
        after,
        change(before, fresh, gone),
      ]),
    ]),
  )
}

const change = (before: number, fresh: number, gone: number) =>
  `was ${number(before)}: ${number(fresh)} new, ${number(gone)} gone`
