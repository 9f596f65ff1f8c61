import type { Reader } from '../store.js'

export async function serverVersion(reader: Reader): Promise<string> {
  const { rows } = await reader.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  )
  return rows[0]?.version ?? 'unknown'
}

/** The database's clock, in milliseconds since 1970. */
export async function clockMs(reader: Reader): Promise<number> {
  const { rows } = await reader.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  )
  return rows[0]?.ms ?? 0
}
