import { Command } from 'commander'
import { describeRejection } from '../exposures/describe.js'
import type { Entry, RejectedEntry } from '../exposures/entry.js'
import { readList } from '../exposures/read-list.js'
import { isJson } from './context.js'
import { fileSource } from './files.js'
import { faint, heading, number, print, table } from './terminal.js'

const SHOWN_REJECTIONS = 20

export const parseCommand = (): Command =>
  new Command('parse')
    .description('show what a list holds, without storing anything')
    .argument(
      '<file...>',
      'text, CSV, TSV, JSON, NDJSON, .eml, .mbox or SHA-256 list; also gzipped',
    )
    .option('--json', 'one JSON line per file: {file, format, accepted, rejected}')
    .action(async (files: string[], _options, command: Command) => {
      for (const file of files) await (isJson(command) ? parseToJson(file) : parseForPeople(file))
    })

/** Writes accepted entries as they are read: a million of them are never held. */
async function parseToJson(path: string): Promise<void> {
  const { name, open } = fileSource(path)
  const reading = await readList(open(), { name })
  const rejected: unknown[] = []
  let separator = ''
  process.stdout.write(`{"file":${JSON.stringify(path)},"format":"${reading.format}","accepted":[`)
  for await (const { entries } of reading.batches) {
    let text = ''
    for (const entry of entries) {
      if (entry.kind === 'rejected') rejected.push(rejectionJson(entry))
      else {
        text += `${separator}${JSON.stringify(entry.kind === 'hash' ? entry.sha256 : entry.address)}`
        separator = ','
      }
    }
    process.stdout.write(text)
  }
  print(`],"rejected":${JSON.stringify(rejected)}}`)
}

const rejectionJson = ({ line, raw, reason }: RejectedEntry) => ({ line, raw, reason })

async function parseForPeople(path: string): Promise<void> {
  const { name, open } = fileSource(path)
  const reading = await readList(open(), { name })
  const tally: Tally = { entries: 0, batches: 0, rejected: 0, distinct: new Set(), shown: [] }
  for await (const { batches, entries } of reading.batches) {
    tally.batches += batches.length
    for (const entry of entries) count(tally, entry)
  }
  showTally(
    `${heading(path)} ${faint(`${reading.format}${reading.gzipped ? ', gzipped' : ''}`)}`,
    tally,
  )
}

type Tally = {
  entries: number
  batches: number
  rejected: number
  distinct: Set<string>
  shown: RejectedEntry[]
}

function count(tally: Tally, entry: Entry): void {
  tally.entries += 1
  if (entry.kind !== 'rejected') {
    tally.distinct.add(entry.kind === 'hash' ? entry.sha256 : entry.address)
    return
  }
  tally.rejected += 1
  if (tally.shown.length < SHOWN_REJECTIONS) tally.shown.push(entry)
}

function showTally(title: string, { entries, batches, rejected, distinct, shown }: Tally): void {
  print(title)
  print(
    table([
      ['entries', entries, `in ${number(batches)} batch${batches === 1 ? '' : 'es'}`],
      ['different addresses', distinct.size],
      ['repeated', entries - rejected - distinct.size],
      ['rejected', rejected],
    ]),
  )
  for (const { line, reason } of shown) print(`  line ${line}: ${describeRejection(reason)}`)
  if (rejected > shown.length) {
    print(faint(`  … and ${number(rejected - shown.length)} more; --json lists them all`))
  }
}
