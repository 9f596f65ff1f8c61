import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

export type Worker = {
  /** SIGSTOP: it does nothing any more, and keeps what it has. */
  freeze(): Promise<void>
  /** SIGCONT. */
  thaw(): void
  /** kill -9, and what the system says ended it: another end than that was not ours. */
  kill(): Promise<NodeJS.Signals | `exit ${number | null}`>
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
    once(lines, 'line').then(([line]) => refuseRefusal(line as string)),
    exited.then(({ code }) => {
      throw new Error(`The worker ended with ${code} before it was ready`)
    }),
  ])
  return {
    async freeze() {
      child.kill('SIGSTOP')
      while (!(await isFrozen(child.pid))) await pause(1)
    },
    thaw() {
      child.kill('SIGCONT')
    },
    async kill() {
      child.kill('SIGKILL')
      const { signal, code } = await exited
      return signal ?? `exit ${code}`
    },
    async stop() {
      child.kill('SIGTERM')
      return (await exited).code
    },
  }
}

/** A worker that cannot start says why in its first line, where one that is ready says so. */
function refuseRefusal(line: string): void {
  const { title } = JSON.parse(line) as { title?: string }
  if (title !== undefined) throw new Error(`The worker did not start: ${title}`)
}

/** As the system sees it (proc(5)): the state stands behind the name. */
const isFrozen = async (pid: number | undefined): Promise<boolean> =>
  / \(.*\) T /.test(` ${await readFile(`/proc/${pid}/stat`, 'utf8')}`)

async function exitOf(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return { code, signal }
}
