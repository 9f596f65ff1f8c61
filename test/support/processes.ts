import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A folder of its own, gone when the test file is done. */
export function aFolder(name = 'cordon-test-'): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), name))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The built `cli.js`: the checkout's own when nothing is newer than it, else one built on the side. */
export async function builtCli(folder: string): Promise<string> {
  const own = join(ROOT, 'dist/cli.js')
  const builtAt = statSync(own, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = await readdir(join(ROOT, 'src'), { recursive: true })
  const newest = Math.max(...sources.map((path) => statSync(join(ROOT, 'src', path)).mtimeMs))
  if (builtAt > newest) return own
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const dist = join(folder, 'dist')
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', dist])
  for (const name of ['node_modules', 'prisma', 'package.json'])
    symlinkSync(join(ROOT, name), join(folder, name))
  symlinkSync(join(ROOT, 'dist/tables'), join(dist, 'tables'))
  return join(dist, 'cli.js')
}

export type Ended = { code: number | null; out: string; err: string }

/** Runs a program to its end. */
export async function runToEnd(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ended> {
  const child = start(args, options)
  const [out, err] = [collect(child, 'stdout'), collect(child, 'stderr')]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out: out(), err: err() }
}

export function start(
  args: readonly string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): ChildProcess {
  const { PATH = '', HOME = '', TMPDIR = tmpdir() } = process.env
  return spawn(process.execPath, args, {
    cwd,
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function collect(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  let text = ''
  child[name]?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  return () => text
}

/** The first line a program writes. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const out = collect(child, 'stdout')
  const err = collect(child, 'stderr')
  while (!out().includes('\n')) {
    await Promise.race([once(child.stdout!, 'data'), once(child, 'close')])
    if (child.exitCode !== null && !out().includes('\n')) throw new Error(`It ended: ${err()}`)
  }
  return out().split('\n')[0] ?? ''
}

/** Ends a program that this test started. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'close')
}
