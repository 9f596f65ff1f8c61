import { Command, Option } from 'commander'
import type { App } from '../app.js'
import { refuseForeignRecord } from '../restored-record.js'
import { isJson, withApp } from './context.js'
import { faint, print, printJson } from './terminal.js'

type Role = 'all' | 'api' | 'worker'

export const serveCommand = (): Command =>
  new Command('serve')
    .description('run the listeners and the workers until stopped')
    .addOption(
      new Option('--role <role>', 'what this process does')
        .choices(['all', 'api', 'worker'])
        .default('all'),
    )
    .option('--json', 'print one JSON line when ready')
    .action((options: { role: Role }, command: Command) =>
      withApp((app) => serve(app, options.role, isJson(command))),
    )

async function serve(app: App, role: Role, json: boolean): Promise<void> {
  const { stopGraceMs } = app.config
  const stopped = stopSignal(stopGraceMs)
  await refuseForeignRecord(app)
  const workers = role === 'api' ? undefined : await startedWorkers(app)
  try {
    const listeners = role === 'worker' ? undefined : await startedListeners(app)
    const { staff, public: open, returns } = listeners ?? {}
    const ready = { ready: true, staff, public: open, returns }
    if (json) printJson(ready)
    else describe(app, ready)
    app.log.info('serve.ready', { role })
    await stopped
    app.log.info('serve.stopping', { role })
    await listeners?.leave(stopGraceMs)
    await listeners?.close()
  } finally {
    await workers?.close()
  }
}

// Read when they are wanted: half of what a process reads at its start is the other role's.
const startedWorkers = async (app: App) => (await import('../workers.js')).startWorkers(app)
const startedListeners = async (app: App) => (await import('../listeners.js')).startListeners(app)

type Ready = {
  staff?: string | undefined
  public?: string | undefined
  returns?: string | undefined
}

function describe(app: App, { staff, public: open, returns }: Ready): void {
  print('Cordon is ready.')
  if (staff) print(`  staff   ${staff}`)
  if (open) print(`  public  ${open}`)
  if (returns) print(`  bounces ${returns}`)
  if (app.transport === 'embedded_mailbox') {
    print(
      faint(
        '  Mail goes to the embedded mailbox: nobody outside is told. Set SMTP_URL to deliver.',
      ),
    )
  }
  if (app.transport === 'smtp' && app.config.returns.domain === undefined) {
    print(faint('  Bounces do not come back to Cordon: set MAIL_BOUNCE_DOMAIN and BOUNCE_ADDR.'))
  }
  print(faint('  Stop with Ctrl-C.'))
}

const HARD_EXIT_MS = 9_000

/**
 * Resolves at the first SIGINT or SIGTERM; nine seconds after its grace the process is gone in any
 * case: within the ten that containers are given.
 */
export function stopSignal(graceMs = 1_000): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      setTimeout(() => process.exit(1), graceMs + HARD_EXIT_MS).unref()
      resolve()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}
