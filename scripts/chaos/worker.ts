import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Worker = {
  /** kill -9, and the signal that the system says ended it. */
  kill(): Promise<NodeJS.Signals | null>
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

/** A real `cordon serve --role worker` on this data directory, up and working when this resolves. */
export async function startWorker(env: Record<string, string>): Promise<Worker> {
  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--role', 'worker', '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = exitOf(child)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  await Promise.race([
    once(lines, 'line'),
    exited.then(({ code }) => {
      throw new Error(`The worker ended with ${code} before it was ready`)
    }),
  ])
  return {
    async kill() {
      child.kill('SIGKILL')
      return (await exited).signal
    },
    async stop() {
      child.kill('SIGTERM')
      return (await exited).code
    },
  }
}

async function exitOf(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return { code, signal }
}
