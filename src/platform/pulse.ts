import { SturdyClient } from './sturdy-client.js'

/** Whether a database still answers, asked again and again on a connection of its own. */
export type Pulse = {
  isAway(): boolean
  /** Calls `then` when the database stops answering; the answer takes the wish back. */
  onAway(then: () => void): () => void
  close(): Promise<void>
}

const ASK_EVERY_MS = 500
/** Together with the pause before it this stays below the five seconds that a caller waits at most. */
const SILENT_AFTER_MS = 4_000

/**
 * A database that is stopped, or behind a cable that was pulled, refuses nothing: whatever was asked
 * waits, for ever perhaps. Statements have no time limit that fits all of them, and this needs none.
 */
export function openPulse(connectionString: string): Pulse {
  const waiting = new Set<() => void>()
  let client: SturdyClient | undefined
  let isAway = false
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const ask = async () => {
    const known = client
    client ??= new SturdyClient({ connectionString, connectionTimeoutMillis: SILENT_AFTER_MS })
    const asked = client
    if (!known) await asked.connect()
    await asked.query('SELECT 1')
  }
  const turn = async () => {
    const isThere = await inTime(ask())
    if (isClosed) return
    if (!isThere) client = given(client)
    const falls = !(isThere || isAway)
    isAway = !isThere
    if (falls) for (const then of [...waiting]) then()
    timer = setTimeout(() => void turn(), ASK_EVERY_MS)
  }
  void turn()
  return {
    isAway: () => isAway,
    onAway(then) {
      waiting.add(then)
      return () => void waiting.delete(then)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      client = given(client)
    },
  }
}

/** Lets a connection go that may never answer any more. */
function given(client: SturdyClient | undefined): undefined {
  client?.end().catch(() => undefined)
}

/** Whether it was done in time. What arrived while this process itself was too busy to look counts. */
function inTime(asked: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => setImmediate(() => resolve(false)), SILENT_AFTER_MS)
    timer.unref() // a process that ends meanwhile waits for no answer
    const end = (isThere: boolean) => () => {
      clearTimeout(timer)
      resolve(isThere)
    }
    asked.then(end(true), end(false))
  })
}
