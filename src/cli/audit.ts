import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { parseExportLine, toExportLine } from '../audit/export.js'
import {
  exportPages,
  followPages,
  type SealedEvent,
  sealEvents,
  verifyAudit,
} from '../audit/service.js'
import { isJson, withApp } from './context.js'
import { fileSource, refuseUnwritable } from './files.js'
import { good, number, print, printJson, startProgress } from './terminal.js'

export const auditCommand = (): Command =>
  new Command('audit')
    .description('what Cordon did, and the proof that the record was not changed')
    .addCommand(
      new Command('verify')
        .description('recompute the chain, from the database or offline from an export')
        .argument('[export]', 'a file written by: cordon audit export')
        .option('--json', 'answer in JSON')
        .action(verify),
    )
    .addCommand(
      new Command('export')
        .description('write every sealed event with its link as NDJSON')
        .argument('[file]', 'where to; standard output when left out')
        .action(exportAll),
    )

async function verify(
  file: string | undefined,
  _options: unknown,
  command: Command,
): Promise<void> {
  const progress = startProgress('verified', 0, isJson(command))
  const onProgress = (count: number) => progress.update(count, count)
  const result = file
    ? await followPages(readExport(file), onProgress)
    : await withApp(async (app) => {
        await sealEvents(app)
        return verifyAudit(app, onProgress)
      })
  progress.stop()
  if (result.fault) process.exitCode = 2
  if (isJson(command)) return printJson(result)
  if (result.fault) {
    return print(`The record is broken at index ${result.fault.index}: ${result.fault.problem}.`)
  }
  print(good(`${number(result.verified)} events verify.`))
  print(`  head ${result.head}`)
}

async function* readExport(file: string): AsyncGenerator<SealedEvent[]> {
  fileSource(file)
  let page: SealedEvent[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line !== '') page.push(parseExportLine(line))
    if (page.length === 10_000) {
      yield page
      page = []
    }
  }
  yield page
}

async function exportAll(file: string | undefined): Promise<void> {
  if (file) refuseUnwritable(file)
  const out = file ? createWriteStream(file) : process.stdout
  await withApp(async (app) => {
    await sealEvents(app)
    for await (const page of exportPages(app)) {
      if (!out.write(page.map(toExportLine).join(''))) await once(out, 'drain')
    }
  })
  if (file) {
    out.end()
    await once(out, 'finish')
  }
}
