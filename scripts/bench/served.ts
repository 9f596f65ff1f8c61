import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { App } from '../../src/app.js'

const ROOT = join(import.meta.dirname, '../..')

export const PUBLIC_URL = 'http://127.0.0.1:8081'

export type Served = { url: string; staff: string; child: ChildProcess }

/** A process of `cordon serve`, as in production, on the database of the benchmark. */
export const serveCordon = (
  app: App,
  role: 'all' | 'api' | 'worker',
  env: Record<string, string> = {},
): Promise<Served> =>
  serve([join(ROOT, 'dist/cli.js'), 'serve', '--role', role, '--json'], {
    CORDON_DATA_DIR: app.config.dataDir,
    PUBLIC_ADDR: '127.0.0.1:0',
    PUBLIC_URL,
    STAFF_ADDR: '127.0.0.1:0',
    LOG_LEVEL: 'error',
    FOUR_EYES: 'off',
    ...env,
  })

export const serveBare = (app: App): Promise<Served> =>
  serve(['--import', 'tsx', join(ROOT, 'scripts/bench/bare-server.ts'), app.databaseUrl], {})

/** Starts a program that prints one JSON line when it is ready. */
async function serve(args: readonly string[], env: Record<string, string>): Promise<Served> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [first] = (await once(lines, 'line')) as [string]
  const ready = JSON.parse(first) as { public?: string; staff?: string }
  return { url: ready.public ?? '', staff: ready.staff ?? '', child }
}

export async function end({ child }: Served, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const closed = once(child, 'exit')
  child.kill(signal)
  await closed
}
