import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { recipientsIn } from '../mail/restoring/recipients.js'
import { Refusal } from '../platform/errors.js'
import { type Restored, settleRestored } from '../sweeps/restoring/service.js'
import { actor, isJson, withApp } from './context.js'
import { fileSource } from './files.js'
import { faint, good, print, printJson, table, warning } from './terminal.js'

type Options = { reason: string; left?: string }

export const restoredCommand = (): Command =>
  new Command('restored')
    .description(
      'after a restore from a backup, before anything runs: stop what could happen twice',
    )
    .requiredOption('--reason <reason>', 'which backup, and why; it goes into the audit')
    .option(
      '--left <file>',
      "the mail server's log since the backup, or any text with the addresses that were mailed; without it every mail that waits counts as perhaps sent",
    )
    .option('--json', 'answer in JSON')
    .action(settle)

async function settle({ reason, left }: Options, command: Command): Promise<void> {
  const mailed = left === undefined ? undefined : await addressesIn(left)
  const settled = await withApp((app) =>
    settleRestored(app, {
      actor: actor(),
      reason,
      mayHaveLeft: (recipient) => mailed?.has(recipient.toLowerCase()) ?? true,
    }),
  )
  if (isJson(command)) return printJson(settled)
  describe(settled)
}

/** Refuses a file without any address: most likely it is another one than was meant. */
async function addressesIn(path: string): Promise<ReadonlySet<string>> {
  fileSource(path)
  const found = new Set<string>()
  for await (const line of createInterface({ input: createReadStream(path) })) {
    for (const address of recipientsIn(line)) found.add(address)
  }
  if (found.size > 0) return found
  throw new Refusal(
    'input_invalid',
    `${path} holds no address. If nothing was mailed since the backup, name a file with one address of your own.`,
  )
}

function describe({ tookOver, paused, stopped, ...counts }: Restored): void {
  print(good('Nothing leaves and nothing runs.'))
  print(
    table([
      ['sweeps paused', paused.length],
      ['sweeps whose mail is stopped', stopped.length],
      ['reset links ended', counts.linksEnded],
      ['sessions of staff ended', counts.sessionsEnded],
      ['mails that may have left', counts.doubted, 'unknown now, each a case'],
      ['mails that wait', counts.waiting, 'they leave when the valves are opened'],
    ]),
  )
  if (tookOver) print('The record was taken over from another cluster and goes on.')
  print(warning('Name a new CHECKPOINT_DIR, and keep the old one.'))
  for (const id of paused) print(faint(`  cordon sweeps resume ${id}`))
  if (stopped.length > 0) {
    print(
      'When they have finished, run this command once more; then open the valves, by two people:',
    )
    for (const id of stopped) print(faint(`  cordon mail valve open --sweep ${id} --reason …`))
  }
  print(faint('  cordon mail valve open --reason …'))
}
