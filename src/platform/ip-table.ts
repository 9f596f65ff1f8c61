import { readFile } from 'node:fs/promises'
import { Reader, type Response } from 'mmdb-lib'
import { boundedCache } from './bounded-cache.js'
import { misconfigured } from './misconfigured.js'

/** What a table tells about an address; `undefined` is nothing. IPv4 in its own form, not mapped. */
export type IpTable<T> = (ip: string) => T | undefined

export type TableKind<T> = {
  /** The variable that names the file, for refusals. */
  variable: string
  /** What its rows hold, for refusals: `countries`. */
  holds: string
  /** Takes what is needed from a row, which may be anything; `undefined` when it is not there. */
  read: (row: unknown) => T | undefined
}

const ROWS_KEPT = 4_096
const SEPARATOR_BYTES = 16
/** Addresses looked up at opening, spread evenly over IPv4. */
const SAMPLES = 4_096

/**
 * Opens a table in MaxMind's format (https://maxmind.github.io/MaxMind-DB/, version 2), whole in
 * memory. Refuses with `configuration_invalid` when the file cannot be read, is something else, is
 * damaged, or holds other rows than `kind` reads. A look-up never throws: a row that is damaged all
 * the same is as good as none.
 */
export async function openIpTable<T>(kind: TableKind<T>, path: string): Promise<IpTable<T>> {
  const wrong = (message: string, cause?: unknown) =>
    misconfigured([{ path: kind.variable, message: `${path} ${message}` }], cause)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw wrong('cannot be read; name a .mmdb file that Cordon may read', cause)
  })
  const reader = readerOf(bytes)
  if (!reader) throw wrong('is not a MaxMind database; name an unpacked .mmdb file')
  const rows = sample(reader, bytes.length)
  if (!rows) throw wrong('is damaged; fetch it again')
  if (rows.length > 0 && rows.every((row) => kind.read(row) === undefined))
    throw wrong(`holds no ${kind.holds}; it is a database of type ${reader.metadata.databaseType}`)
  return (ip) => {
    try {
      return kind.read(rowOf(reader, ip))
    } catch {
      return undefined
    }
  }
}

function readerOf(bytes: Buffer): Reader<Response> | undefined {
  try {
    const reader = new Reader<Response>(bytes, { cache: boundedCache(ROWS_KEPT) })
    return [4, 6].includes(reader.metadata.ipVersion) ? reader : undefined
  } catch {
    return undefined
  }
}

/** Some rows of the table, or `undefined` when its tree or one of them cannot be read. */
function sample(reader: Reader<Response>, size: number): unknown[] | undefined {
  const { nodeCount, searchTreeSize } = reader.metadata
  if (!(nodeCount > 0 && searchTreeSize + SEPARATOR_BYTES <= size)) return undefined
  const blocks = Array.from({ length: SAMPLES }, (_, index) => index)
  try {
    return blocks
      .map((block) => rowOf(reader, `${block >> 4}.${(block & 15) << 4}.0.0`))
      .filter((row) => row !== null)
  } catch {
    return undefined
  }
}

/** The reader would look for the first bits of an IPv6 address in a tree of IPv4 addresses. */
function rowOf(reader: Reader<Response>, ip: string): unknown {
  return reader.metadata.ipVersion === 4 && ip.includes(':') ? null : reader.get(ip)
}
