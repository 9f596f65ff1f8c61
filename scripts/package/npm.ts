import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What npm prints. Runs the npm that runs us, so that no other version has a say. */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  const own = process.env.npm_execpath
  const [program, before] = own ? [process.execPath, [own]] : ['npm', []]
  const { stdout } = await run(program, [...before, ...args], {
    cwd: folder,
    maxBuffer: 64 * 2 ** 20,
  })
  return stdout
}
