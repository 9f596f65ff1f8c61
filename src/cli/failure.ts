import { Refusal } from '../platform/errors.js'
import { problemOf } from '../platform/http/problem.js'
import { isPassing } from '../platform/passing.js'
import { print } from './terminal.js'

/** Says what went wrong and gives the exit code: 2 for a refusal, 1 for a bug. */
export function reportFailure(error: unknown, isJson: boolean): number {
  const refusal = isPassing(error) ? away(error) : error
  if (refusal instanceof Refusal) {
    if (isJson) print(JSON.stringify(problemOf(refusal, 'cli')))
    else process.stderr.write(`cordon: ${refusal.detail}\n`)
    return 2
  }
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0 // whoever reads us has seen enough
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`cordon: this is a bug; please report it.\n${what}\n`)
  return 1
}

const away = (cause: unknown) =>
  new Refusal(
    'service_unavailable',
    'The database went away, restarts, or has no room. What it confirmed is kept: repeat the command when it answers again (`cordon doctor` says so).',
    { cause },
  )
