/** Classes 08, 53 (a full disk too) and 57P of Postgres, and a lock that was not to be had. */
const PASSING_STATE = /^(08|53|57P|55P03$)/
const PASSING_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034'])
/** What Prisma's adapter calls the failures of sockets and of transactions that met. */
const PASSING_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
])
const PASSING_WORDS =
  /ECONNREFUSED|ECONNRESET|Connection terminated|connection timeout|exceeded when trying to connect/i

type DatabaseError = {
  code?: unknown
  message?: unknown
  meta?: { driverAdapterError?: { cause?: { kind?: unknown; originalCode?: unknown } } }
}

/**
 * Whether a failure is the database's and passes: it is away, restarts, has no room, or is busy.
 * Whoever asks again later may have more luck. Everything else is a bug until proven otherwise.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, message, meta } = error as DatabaseError
  const { kind, originalCode } = meta?.driverAdapterError?.cause ?? {}
  const states = [code, originalCode].filter((each) => typeof each === 'string')
  return (
    states.some((state) => PASSING_CODES.has(state) || PASSING_STATE.test(state)) ||
    (typeof kind === 'string' && PASSING_KINDS.has(kind)) ||
    PASSING_WORDS.test(String(message))
  )
}
