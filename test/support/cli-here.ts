import { reportFailure } from '../../src/cli/failure.js'
import { buildProgram } from '../../src/cli/program.js'
import type { Ended } from './processes.js'

class Exit extends Error {
  constructor(readonly code: number) {
    super('exit')
  }
}

/**
 * Runs a command as `src/cli.ts` does, but in this process: a second saved per command, of which
 * there are many. Not for commands that wait for a signal. One at a time.
 */
export async function cordonHere(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Ended> {
  const ended: Ended = { code: 0, out: '', err: '' }
  const { env: ownEnv, exit, exitCode } = process
  const writes = [process.stdout.write, process.stderr.write] as const
  const taking = (name: 'out' | 'err') =>
    ((text: string | Uint8Array) => {
      ended[name] += typeof text === 'string' ? text : Buffer.from(text).toString()
      return true
    }) as typeof process.stdout.write
  process.env = { ...env }
  process.exitCode = undefined
  process.stdout.write = taking('out')
  process.stderr.write = taking('err')
  process.exit = ((code: number) => {
    throw new Exit(code)
  }) as typeof process.exit
  try {
    await (await buildProgram(args)).parseAsync([...args], { from: 'user' })
    ended.code = Number(process.exitCode ?? 0)
  } catch (error) {
    ended.code = error instanceof Exit ? error.code : reportFailure(error, args.includes('--json'))
  } finally {
    process.env = ownEnv
    process.exit = exit
    process.exitCode = exitCode
    ;[process.stdout.write, process.stderr.write] = writes
  }
  return ended
}
