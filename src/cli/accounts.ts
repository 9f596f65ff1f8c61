import { Command } from 'commander'
import { importAccounts } from '../accounts/import/service.js'
import { hashPassword } from '../platform/password.js'
import { actor, isJson, withApp } from './context.js'
import { accountsFile } from './files.js'
import { print, printJson, startProgress, table } from './terminal.js'

export const accountsCommand = (): Command =>
  new Command('accounts')
    .description('the directory of protected accounts')
    .addCommand(
      new Command('import')
        .description('create and update accounts from CSV or NDJSON')
        .argument(
          '<file>',
          'NDJSON, or CSV with columns id, address, locale, balance, currency, second_factors …',
        )
        .option('--json', 'answer in JSON')
        .addHelpText(
          'after',
          '\nAn empty or null balance or list of factors means unknown, and unknown is judged as at risk.\nIn CSV, second_factors is "none" or names joined by |.',
        )
        .action(importFile),
    )

async function importFile(file: string, _options: unknown, command: Command): Promise<void> {
  const quiet = isJson(command)
  const result = await withApp(async (app) => {
    const progress = startProgress('accounts', 0, quiet)
    const onProgress = (received: number) => progress.update(received, received)
    const deps = { ...app, hashPassword }
    const imported = await importAccounts(deps, accountsFile(file), { actor: actor(), onProgress })
    progress.stop()
    return imported
  })
  if (quiet) return printJson(result)
  const { received, created, updated, unchanged, rejectedCount } = result
  print(
    table([
      ['received', received],
      ['created', created],
      ['updated', updated],
      ['unchanged', unchanged],
      ['rejected', rejectedCount],
    ]),
  )
  for (const { index, reason } of result.rejected.slice(0, 20)) print(`  line ${index}: ${reason}`)
}
