import { Refusal } from '../platform/errors.js'
import { problemOf } from '../platform/http/problem.js'
import { print } from './terminal.js'

/** Says what went wrong and gives the exit code: 2 for a refusal, 1 for a bug. */
export function reportFailure(error: unknown, isJson: boolean): number {
  if (error instanceof Refusal) {
    if (isJson) print(JSON.stringify(problemOf(error, 'cli')))
    else process.stderr.write(`cordon: ${error.detail}\n`)
    return 2
  }
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0 // whoever reads us has seen enough
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`cordon: this is a bug; please report it.\n${what}\n`)
  return 1
}
