import { Command, Option } from 'commander'
import { MACHINE_ROLES, type MachineRole } from '../contract/acts.js'
import { Refusal } from '../platform/errors.js'
import { addKey, listKeys, revokeKey, revokeSource } from '../staff/keys/service.js'
import { actor, isJson, withApp } from './context.js'
import { print, printJson } from './terminal.js'

export const keysCommand = (): Command =>
  new Command('keys')
    .description('keys of machines that call Cordon')
    .addCommand(
      new Command('add')
        .description('make a key; it is shown once')
        .addOption(
          new Option('--role <role>', 'what the key may do')
            .choices([...MACHINE_ROLES])
            .makeOptionMandatory(),
        )
        .requiredOption('--name <name>', 'whose key it is')
        .addOption(
          new Option('--days <days>', 'how long it lives; for ever when left out').argParser(
            Number,
          ),
        )
        .option('--json', 'answer {"id","key"}')
        .action(async (options: AddOptions, command: Command) => {
          const made = await withApp((app) => addKey(app, { ...options, actor: actor() }))
          if (isJson(command)) return printJson(made)
          print(`${made.id}\n${made.key}\n\nKeep the second line: it is not shown again.`)
        }),
    )
    .addCommand(
      new Command('list')
        .description('which keys there are; their secrets are never shown')
        .option('--json', 'answer in JSON')
        .action(list),
    )
    .addCommand(
      new Command('revoke')
        .description('end a key at once, or with --source every key that signs for a source')
        .argument('[id]', 'the key')
        .option('--source <name>', 'every ingest key of this name')
        .action(revoke),
    )

type AddOptions = { role: MachineRole; name: string; days?: number }

async function list(_options: unknown, command: Command): Promise<void> {
  const keys = await withApp((app) => listKeys(app))
  if (isJson(command)) return printJson(keys)
  for (const { id, role, name, createdAt, revokedAt } of keys) {
    const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : 'live'
    print(`${id}  ${role.padEnd(10)}  ${name}  ${createdAt.toISOString()}  ${state}`)
  }
}

async function revoke(id: string | undefined, options: { source?: string }): Promise<void> {
  const { source } = options
  if ((id === undefined) === (source === undefined)) {
    throw new Refusal('input_invalid', 'Name one key, or a source with --source.')
  }
  if (id !== undefined) {
    await withApp((app) => revokeKey(app, { id, actor: actor() }))
    return print(`${id} no longer works.`)
  }
  const ids = await withApp((app) => revokeSource(app, { source: source ?? '', actor: actor() }))
  print(`${ids.join(', ')} no longer ${ids.length === 1 ? 'works' : 'work'}.`)
}
