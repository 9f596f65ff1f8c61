import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { parseExportLine, toExportLine } from '../audit/export.js'
import {
  exportPages,
  type Following,
  followPages,
  type SealedEvent,
  sealEvents,
  type Verification,
  verifyAudit,
} from '../audit/service.js'
import {
  type CheckpointOptions,
  comparedJson,
  comparisonOf,
  ownVerifierKey,
  showCompared,
} from './checkpoints.js'
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
        .option('--checkpoints <folder>', 'signed checkpoints that the record must agree with')
        .option('--key <key>', 'who signed them: a verifier key, or a file with one a line')
        .option('--json', 'answer in JSON')
        .action(verify),
    )
    .addCommand(
      new Command('key')
        .description('print the key that verifies the checkpoints of this installation')
        .option('--json', 'answer {"key"}')
        .action((_options: unknown, command: Command) => {
          const key = ownVerifierKey()
          if (isJson(command)) printJson({ key })
          else print(key)
        }),
    )
    .addCommand(
      new Command('export')
        .description('write every sealed event with its link as NDJSON')
        .argument('[file]', 'where to; standard output when left out')
        .action(exportAll),
    )

async function verify(
  file: string | undefined,
  options: CheckpointOptions,
  command: Command,
): Promise<void> {
  const comparison = await comparisonOf(options)
  const progress = startProgress('verified', 0, isJson(command))
  const result = await follow(file, {
    onProgress: (count) => progress.update(count, count),
    onLink: comparison?.onLink,
  })
  progress.stop()
  const compared = comparison?.finish(result)
  if (result.fault || (compared && compared.faults.length > 0)) process.exitCode = 2
  if (isJson(command)) {
    const checkpoints = compared && comparedJson(compared, result.verified)
    return printJson({ ...result, ...(checkpoints ? { checkpoints } : {}) })
  }
  show(result)
  if (compared) showCompared(compared, result.verified)
}

const follow = (file: string | undefined, following: Following) =>
  file
    ? followPages(readExport(file), following)
    : withApp(async (app) => {
        await sealEvents(app)
        return verifyAudit(app, following)
      })

function show({ verified, head, fault }: Omit<Verification, 'waiting'>): void {
  if (fault) {
    print(`The record is broken at index ${fault.index}: ${fault.problem}.`)
  } else {
    print(good(`${number(verified)} events verify.`))
    print(`  head ${head}`)
  }
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
