import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Running = {
  child: ChildProcess
  staff: string
  public: string
  /** The exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** A built `cordon serve` of this role, ready when this resolves. */
export async function startProcess(
  role: 'api' | 'worker',
  env: Record<string, string>,
  cli = 'dist/cli.js',
): Promise<Running> {
  const child = spawn(process.execPath, [cli, 'serve', '--role', role, '--json'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then(([code, signal]) => {
      throw new Error(`The ${role} ended with ${code ?? signal} before it was ready`)
    }),
  ])
  const { staff = '', public: open = '' } = JSON.parse(first) as Record<string, string>
  return {
    child,
    staff,
    public: open,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code, by] = await exited
      return code ?? by
    },
  }
}
