import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../..')

export type Watched = {
  role: string
  staff: string
  url: string
  child: ChildProcess
  /** What it takes now: MiB of memory, MiB of heap after a collection, open descriptors. */
  look(): Promise<{ rss: number; heap: number; descriptors: number }>
  stop(): Promise<number | null>
}

/** A process of `cordon serve` that writes down its heap for us. */
export async function watched(
  role: 'api' | 'worker',
  { env, folder }: { env: Record<string, string>; folder: string },
): Promise<Watched> {
  const { PATH = '', HOME = '' } = process.env
  const heapFile = join(folder, `heap-${role}`)
  const child = spawn(
    process.execPath,
    [
      ...['--expose-gc', '--import', join(import.meta.dirname, 'tell-heap.mjs')],
      ...[join(ROOT, 'dist/cli.js'), 'serve', '--role', role, '--json'],
    ],
    {
      cwd: ROOT,
      env: { PATH, HOME, ...env, SOAK_HEAP_FILE: heapFile },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  const [first] = (await once(
    createInterface({ input: child.stdout as NodeJS.ReadableStream }),
    'line',
  )) as [string]
  const ready = JSON.parse(first) as { public?: string; staff?: string }
  return {
    role,
    child,
    staff: ready.staff ?? '',
    url: ready.public ?? '',
    look: async () => ({
      rss: await residentMiB(child.pid ?? 0),
      heap: Number(await readFile(heapFile, 'utf8').catch(() => Number.NaN)) / 2 ** 20,
      descriptors: (await readdir(`/proc/${child.pid}/fd`)).length,
    }),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = (await exited) as [number | null]
      return code
    },
  }
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
}
