import { Refusal } from '../platform/errors.js'
import { type Entry, type ReadPage, rejection } from './entry.js'
import { rankFieldName } from './field-names.js'
import { scanElements } from './json-elements.js'
import { type LineBlock, readEachLine } from './lines.js'
import { readCell } from './read-text.js'

/** Objects may hold the address in a field of a field of a field, no deeper. */
const MAX_NESTING = 3

/** One JSON value per line: a string, or an object with an address field. */
export function readNdjson(blocks: AsyncIterable<LineBlock>): AsyncGenerator<ReadPage> {
  return readEachLine(blocks, (text, line, entries) => {
    if (text.trim() !== '') readJson(text, line, entries)
  })
}

/**
 * One JSON document: an array of strings or objects, or an object with such an array. Refuses with
 * `file_truncated` when it ends before its last bracket; what was read until then has been given.
 */
export async function* readJsonDocument(texts: AsyncIterable<string>): AsyncGenerator<ReadPage> {
  const scanner = scanElements()
  for await (const text of texts) {
    const entries: Entry[] = []
    for (const { line, text: element, isCut } of scanner.feed(text)) {
      if (isCut) entries.push(rejection({ line, batch: 1 }, element, 'line_too_long'))
      else readJson(element, line, entries)
    }
    yield { batches: [], entries }
  }
  if (scanner.isOpen()) {
    throw new Refusal(
      'file_truncated',
      'The JSON ends before its last bracket. Export the file again.',
    )
  }
}

function readJson(text: string, line: number, entries: Entry[]): void {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    entries.push(rejection({ line, batch: 1 }, text, 'json_malformed'))
    return
  }
  if (!readValue(value, line, entries, 0)) {
    entries.push(rejection({ line, batch: 1 }, text, 'field_missing'))
  }
}

/** Whether the value held something to read. */
function readValue(value: unknown, line: number, entries: Entry[], nesting: number): boolean {
  if (typeof value === 'string') {
    readCell(value, line, entries)
    return true
  }
  if (typeof value !== 'object' || value === null || nesting === MAX_NESTING) return false
  if (Array.isArray(value)) {
    const read = value.map((member) => readValue(member, line, entries, nesting + 1))
    return read.includes(true)
  }
  return readValue(addressField(value as Record<string, unknown>), line, entries, nesting + 1)
}

/** The field with the surest name whose value can hold an address. */
function addressField(fields: Record<string, unknown>): unknown {
  if (typeof fields.email === 'string') return fields.email
  let best: { rank: number; value: unknown } | undefined
  for (const [name, value] of Object.entries(fields)) {
    const rank = rankFieldName(name)
    const holds = typeof value === 'string' || (typeof value === 'object' && value !== null)
    if (rank === undefined || !holds) continue
    if (best === undefined || rank < best.rank) best = { rank, value }
  }
  return best?.value
}
