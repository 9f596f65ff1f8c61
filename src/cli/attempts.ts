import { Command } from 'commander'
import { importAttempts } from '../logins/receiving/service.js'
import { actor, isJson, withApp } from './context.js'
import { ndjsonFile } from './files.js'
import { print, printJson, startProgress, table } from './terminal.js'

export const attemptsCommand = (): Command =>
  new Command('attempts')
    .description('login attempts and what is hostile about them')
    .addCommand(
      new Command('import')
        .description('import login attempts from NDJSON and classify them')
        .argument(
          '<file>',
          'NDJSON: {id, account: {id}|{address}, at, ip, outcome, reason?, userAgent?, device?}',
        )
        .option('--source <name>', 'who recorded them; ids are unique within a source', 'import')
        .option('--json', 'answer in JSON')
        .action(importFile),
    )

async function importFile(
  file: string,
  options: { source: string },
  command: Command,
): Promise<void> {
  const quiet = isJson(command)
  const result = await withApp(async (app) => {
    const progress = startProgress('attempts', 0, quiet)
    const onProgress = (received: number) => progress.update(received, received)
    const context = { source: options.source, actor: actor(), onProgress }
    const deps = { db: app.db, lookUp: await app.places() }
    const imported = await importAttempts(deps, ndjsonFile(file), context)
    progress.update(imported.received, imported.received)
    progress.stop()
    return imported
  })
  if (quiet) return printJson(result)
  print(
    table([
      ['received', result.received],
      ['new', result.accepted],
      ['already known', result.duplicates],
      ['rejected', result.rejectedCount],
      ['signals raised', result.signals],
    ]),
  )
  for (const { index, reason } of result.rejected.slice(0, 20)) print(`  line ${index}: ${reason}`)
}
