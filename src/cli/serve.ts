import { Command, Option } from 'commander'
import type { App } from '../app.js'
import { startListeners } from '../listeners.js'
import { startWorkers } from '../workers.js'
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
  const stopped = stopSignal()
  const workers = role === 'api' ? undefined : await startWorkers(app)
  try {
    const listeners = role === 'worker' ? undefined : await startListeners(app)
    const { staff, public: open, returns } = listeners ?? {}
    const ready = { ready: true, staff, public: open, returns }
    if (json) printJson(ready)
    else describe(app, ready)
    app.log.info('serve.ready', { role })
    await stopped
    app.log.info('serve.stopping', { role })
    await listeners?.close()
  } finally {
    await workers?.close()
  }
}

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

const HARD_EXIT_MS = 10_000

/** Resolves at the first SIGINT or SIGTERM; the process is gone ten seconds later in any case. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      setTimeout(() => process.exit(1), HARD_EXIT_MS).unref()
      resolve()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}
