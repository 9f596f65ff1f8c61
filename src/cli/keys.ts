import { Command, Option } from 'commander'
import { MACHINE_ROLES, type MachineRole } from '../staff/policy.js'
import { addKey, revokeKey } from '../staff/service.js'
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
        .option('--json', 'answer {"id","key"}')
        .action(async (options: { role: MachineRole; name: string }, command: Command) => {
          const { role, name } = options
          const made = await withApp((app) => addKey(app, { role, name, actor: actor() }))
          if (isJson(command)) return printJson(made)
          print(`${made.id}\n${made.key}\n\nKeep the second line: it is not shown again.`)
        }),
    )
    .addCommand(
      new Command('revoke')
        .description('end a key at once')
        .argument('<id>')
        .action(async (id: string) => {
          await withApp((app) => revokeKey(app, { id, actor: actor() }))
          print(`${id} no longer works.`)
        }),
    )
