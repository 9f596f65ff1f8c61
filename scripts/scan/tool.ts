import { spawn, spawnSync } from 'node:child_process'

/** One thing a scanner says is wrong. */
export type Finding = { tool: string; what: string; where: string; detail: string }

/** Whether a program can be started here. */
export const isInstalled = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

/** Runs a scanner to its end or until `endsAt`; it sees no proxy and no settings of whoever runs it. */
export async function run(
  program: string,
  args: readonly string[],
  { folder, endsAt }: { folder: string; endsAt: number },
): Promise<{ output: string; isCut: boolean }> {
  const { PATH = '' } = process.env
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  let isCut = false
  const cut = setTimeout(
    () => {
      isCut = true
      child.kill('SIGKILL')
    },
    Math.max(endsAt - Date.now(), 0),
  )
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(cut)
  return { output, isCut }
}
