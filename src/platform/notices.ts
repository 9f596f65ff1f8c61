import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'

/** Somebody who hears the notices of a channel, until closed. */
export type Hearing = { close(): Promise<void> }

const RETRY_MS = 2_000

/**
 * Calls `heard` with every NOTIFY on the channel, on a connection of its own that is made again when it
 * breaks. A notice only wakes: it can be lost, with its connection or in a pooler, so whoever is woken
 * looks into the database, and looks now and then without being woken.
 */
export function hearNotices(
  pool: pg.Pool,
  channel: string,
  heard: (payload: string) => void,
): Hearing {
  const stop = new AbortController()
  const hearing = (async () => {
    while (!stop.signal.aborted) {
      await hearUntilBroken(pool, { channel, heard, signal: stop.signal }).catch(() => undefined)
      await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return {
    async close() {
      stop.abort()
      await hearing
    },
  }
}

type Wanted = { channel: string; heard: (payload: string) => void; signal: AbortSignal }

/** Hears until the connection breaks or the signal aborts; leaves nothing at the signal, which outlives it. */
export async function hearUntilBroken(
  pool: pg.Pool,
  { channel, heard, signal }: Wanted,
): Promise<void> {
  const client = await pool.connect()
  let end = () => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
    for (const event of ['error', 'end'] as const) client.once(event, end)
    signal.addEventListener('abort', end)
    if (signal.aborted) resolve()
  })
  client.on('error', () => undefined) // one more may follow the first
  client.on('notification', ({ payload = '' }) => heard(payload))
  try {
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    await over
  } finally {
    signal.removeEventListener('abort', end)
    client.release(true) // nobody else is to get what listens
  }
}
