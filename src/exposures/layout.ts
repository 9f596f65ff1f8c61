import { parseAddress } from '../values/address.js'
import type { Entry } from './entry.js'
import { rankFieldName } from './field-names.js'
import { readCell } from './read-text.js'
import { splitRecord } from './records.js'

/** How a delimited file is laid out; `column` counts from 0. */
export type Layout = { delimiter: string; column: number; hasHeader: boolean }

type Candidate = Layout & { columns: number; hits: number; rank: number; rows: number }

const DELIMITERS = [',', ';', '\t', '|', ':']
const SAMPLE_ROWS = 200
const UNNAMED = Number.MAX_SAFE_INTEGER

/**
 * Finds the delimiter and the column of addresses from the first lines: the column whose header
 * says so (in several languages), unless another one holds addresses and it does not; without such
 * a header the column where most rows hold an address. `undefined` when there is none.
 */
export function findLayout(lines: readonly string[]): Layout | undefined {
  const sample = lines.filter((line) => line.trim() !== '' && !isRemark(line)).slice(0, SAMPLE_ROWS)
  const candidates = DELIMITERS.flatMap((delimiter) => candidatesFor(sample, delimiter))
  const best = candidates.sort(compare)[0]
  if (best === undefined) return undefined
  return { delimiter: best.delimiter, column: best.column, hasHeader: best.hasHeader }
}

export function isRemark(line: string): boolean {
  return line.startsWith('# ')
}

function candidatesFor(sample: readonly string[], delimiter: string): Candidate[] {
  const rows = splitRows(sample, delimiter)
  const header = rows[0] ?? []
  const hasHeader = !header.some((cell) => holdsAddress(cell)) && header.length > 0
  const body = hasHeader ? rows.slice(1) : rows
  const columns = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: Math.min(columns, 1000) }, (_, column) => ({
    delimiter,
    column,
    hasHeader,
    columns,
    hits: body.filter((row) => holdsAddress(row[column] ?? '')).length,
    rank: (hasHeader ? rankFieldName(header[column] ?? '') : undefined) ?? UNNAMED,
    rows: body.length,
  })).filter(isLikely)
}

/** A colon separates `address:password`; anywhere else it is more likely part of a URL or a time. */
function isLikely({ delimiter, column, hits, rank, rows }: Candidate): boolean {
  if (delimiter === ':' && column > 0) return false
  return rank < UNNAMED || (hits > 0 && hits * 2 >= rows)
}

function compare(a: Candidate, b: Candidate): number {
  const hits = Number(b.hits > 0) - Number(a.hits > 0)
  return hits || a.rank - b.rank || b.hits - a.hits || b.columns - a.columns || a.column - b.column
}

function splitRows(sample: readonly string[], delimiter: string): string[][] {
  const rows: string[][] = []
  let open: string | undefined
  for (const line of sample) {
    const record: string = open === undefined ? line : `${open}\n${line}`
    const cells = splitRecord(record, delimiter)
    open = cells ? undefined : record
    if (cells) rows.push(cells)
  }
  return rows
}

/** Whether a cell is nothing but mailboxes. */
function holdsAddress(cell: string): boolean {
  if (!cell.includes('@')) return false
  if ('address' in parseAddress(cell)) return true
  const entries: Entry[] = []
  readCell(cell, 1, entries)
  return entries.every((entry) => entry.kind === 'address')
}
