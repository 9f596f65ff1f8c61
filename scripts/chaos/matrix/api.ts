import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A real `cordon serve --role api`. */
export type Api = {
  staff: string
  public: string
  /** kill -9, and the signal that the system says ended it. */
  kill(): Promise<NodeJS.Signals | null>
}

export async function startApi(env: Record<string, string>): Promise<Api> {
  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--role', 'api', '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = endOf(child)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [line] = await Promise.race([
    once(lines, 'line'),
    exited.then((signal) => {
      throw new Error(`The API ended (${signal}) before it was ready`)
    }),
  ])
  const { staff, public: open } = JSON.parse(line) as { staff: string; public: string }
  return {
    staff,
    public: open,
    kill() {
      child.kill('SIGKILL')
      return exited
    },
  }
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal
}

export type Answer = {
  status: number
  body: Record<string, unknown>
  headers: Headers
  seconds: number
}

/** Asks the API with a key or a session; `undefined` when no answer came. */
export async function ask(
  url: string,
  { method = 'POST', body, headers = {} }: { method?: string; body?: object; headers?: object },
): Promise<Answer | undefined> {
  const startedAt = performance.now()
  try {
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: text ? JSON.parse(text) : {},
      headers: answer.headers,
      seconds: (performance.now() - startedAt) / 1_000,
    }
  } catch {
    return undefined
  }
}
