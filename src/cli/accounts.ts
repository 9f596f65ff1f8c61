import { Command } from 'commander'
import { importAccounts } from '../accounts/import/service.js'
import { standingOf } from '../accounts/service.js'
import type { App } from '../app.js'
import { loginsOf, type SeenLogin, signalsOf } from '../logins/service.js'
import { hashPassword } from '../platform/credentials/password.js'
import { Refusal } from '../platform/errors.js'
import { actor, isJson, withApp } from './context.js'
import { accountsFile } from './files.js'
import { heading, print, printJson, startProgress, table } from './terminal.js'

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
    .addCommand(
      new Command('show')
        .description('one account: its standing, what is hostile about it, its newest logins')
        .argument('<id>', 'the id the platform knows it by')
        .option('--json', 'answer in JSON')
        .action(show),
    )

const SHOWN_LOGINS = 20

async function show(id: string, _options: unknown, command: Command): Promise<void> {
  const seen = await withApp((app) => lookAt(app, id))
  if (isJson(command)) return printJson(seen)
  const { account, standing, signals, logins } = seen
  print(heading(account.id))
  print(
    table([
      ['status', account.status],
      ['password works', standing.passwordUsable ? 'yes' : 'no'],
      ['value held', standing.valueHeld ? 'yes' : 'no', standing.heldUntil ?? ''],
    ]),
  )
  if (signals.length > 0) print(`\n${heading('What stands out')}`)
  for (const { at, kind, says } of signals) print(`  ${at.toISOString()}  ${kind}: ${says}`)
  if (logins.length > 0) print(`\n${heading('Newest logins')}`)
  for (const login of logins) print(`  ${lineOf(login)}`)
}

async function lookAt(app: App, id: string) {
  const account = await app.db.account.findUnique({
    where: { id },
    select: { no: true, id: true, status: true, locale: true },
  })
  if (!account) throw new Refusal('account_not_found', `There is no account ${id}.`)
  return {
    account,
    standing: await standingOf(app.db, id),
    signals: await signalsOf(app.db, account.no),
    logins: await loginsOf(app.db, account.no, SHOWN_LOGINS),
  }
}

function lineOf({ at, ip, country, succeeded, hostile, risk }: SeenLogin): string {
  const outcome = succeeded ? 'worked' : 'failed'
  const where = `${ip}${country ? ` ${country}` : ''}`
  const notes = [hostile ? 'hostile' : '', risk === null ? '' : `risk ${risk.toPrecision(2)}`]
  return [at.toISOString(), outcome, where.padEnd(20), ...notes].join('  ').trimEnd()
}

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
