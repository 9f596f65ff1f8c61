import { Command, Option } from 'commander'
import type { App } from '../app.js'
import { STAFF_ROLES, type StaffRole } from '../contract/acts.js'
import { inTx } from '../platform/db.js'
import { dismiss, type Invited, invite, inviteAgain, listPeople } from '../staff/people/service.js'
import { actor, isJson, withApp } from './context.js'
import { print, printJson } from './terminal.js'

/** Staff from the shell: how the first admin comes to be. There are no default accounts. */
export const staffCommand = (): Command =>
  new Command('staff')
    .description('who operates Cordon')
    .addCommand(addCommand())
    .addCommand(
      new Command('list')
        .description('who there is and what they may do')
        .option('--json', 'answer in JSON')
        .action(list),
    )
    .addCommand(
      new Command('invite')
        .description('invite somebody again who lost password or authenticator')
        .argument('<id>', 'the member of staff')
        .option('--json', 'answer in JSON')
        .action(again),
    )
    .addCommand(
      new Command('dismiss')
        .description('end what somebody may do and all their sessions, at once')
        .argument('<id>', 'the member of staff')
        .action(async (id: string) => {
          await withApp((app) => inTx(app.db, (tx) => dismiss(tx, { id, actor: actor() })))
          print(`${id} is dismissed; their sessions have ended.`)
        }),
    )

type AddOptions = { email: string; name?: string; role: StaffRole[] }

const addCommand = () =>
  new Command('add')
    .description('invite somebody; prints a one-time link')
    .requiredOption('--email <email>', 'their address')
    .addOption(
      new Option('--role <role...>', 'what they may do, one or several')
        .choices([...STAFF_ROLES])
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'what colleagues call them')
    .option('--json', 'answer in JSON')
    .action(async ({ email, role, name = email }: AddOptions, command: Command) => {
      const person = { email, name, roles: role, actor: actor() }
      await withApp(async (app) => {
        const invited = await inTx(app.db, (tx) => invite(tx, app.cipher, person))
        show(app, invited, isJson(command))
      })
    })

async function again(id: string, _options: unknown, command: Command): Promise<void> {
  await withApp(async (app) => {
    const person = { id, actor: actor() }
    const invited = await inTx(app.db, (tx) => inviteAgain(tx, app.cipher, person))
    show(app, invited, isJson(command))
  })
}

function show({ config }: App, { id, token, expiresInHours }: Invited, json: boolean): void {
  const { url, host, port } = config.staff
  const link = `${url ?? `http://${host}:${port}`}/enrol#${token}`
  if (json) {
    printJson({ id, link, expiresInHours })
    return
  }
  print(`${id} is invited. Give them this link, and nobody else:\n\n  ${link}\n`)
  print(`It works once and for ${expiresInHours} hours. They choose their own password there.`)
}

async function list(_options: unknown, command: Command): Promise<void> {
  const people = await withApp((app) => listPeople(app.db))
  if (isJson(command)) return printJson(people)
  if (people.length === 0) return print('Nobody yet. Start with: cordon staff add --role admin')
  for (const { id, email, roles, enrolledAt, dismissedAt } of people) {
    const status = dismissedAt ? 'dismissed' : enrolledAt ? 'active' : 'invited'
    print(`${id}  ${status.padEnd(9)}  ${roles.join(', ')}  ${email}`)
  }
}
