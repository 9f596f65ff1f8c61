import { createReadStream, statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { createInterface } from 'node:readline'
import { parse as parseCsv } from 'csv-parse'
import { fromCells, readHeader } from '../accounts/import/record.js'
import { Refusal } from '../platform/errors.js'

/** A file on disk as a source that can be opened twice. Refuses with `file_not_found`. */
export function fileSource(path: string): { name: string; open: () => AsyncIterable<Uint8Array> } {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new Refusal('file_not_found', `There is no file ${path}.`)
  if (!found.isFile()) throw new Refusal('file_not_found', `${path} is not a file.`)
  return { name: basename(path), open: () => createReadStream(path, { highWaterMark: 1 << 18 }) }
}

type Raw = { index: number; json: unknown } | { index: number; problem: string }

/** The JSON of each line of an NDJSON file; `index` is the line number. */
export async function* ndjsonFile(path: string): AsyncGenerator<Raw> {
  const lines = createInterface({
    input: createReadStream(fileSourcePath(path)),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  let index = 0
  for await (const line of lines) {
    index += 1
    if (line.trim() !== '') yield parseLine(line, index)
  }
}

function parseLine(line: string, index: number): Raw {
  try {
    return { index, json: JSON.parse(line) }
  } catch {
    return { index, problem: 'not JSON' }
  }
}

const fileSourcePath = (path: string) => {
  fileSource(path)
  return path
}

/** Accounts from CSV (with a header) or NDJSON, told apart by extension. */
export const accountsFile = (path: string): AsyncGenerator<Raw> =>
  extname(path).toLowerCase() === '.csv' ? csvAccounts(path) : ndjsonFile(path)

async function* csvAccounts(path: string): AsyncGenerator<Raw> {
  const rows = createReadStream(fileSourcePath(path)).pipe(
    parseCsv({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true }),
  )
  let fields: string[] | undefined
  for await (const { record, info } of rows as AsyncIterable<{
    record: string[]
    info: { lines: number }
  }>) {
    if (fields) {
      yield { index: info.lines, json: fromCells(fields, record) }
      continue
    }
    const header = readHeader(record)
    if (!header.fields.includes('id') || !header.fields.includes('address')) {
      throw new Refusal(
        'input_invalid',
        `${path}: the first line must name the columns, at least id and address.`,
      )
    }
    if (header.unknown.length > 0) {
      throw new Refusal(
        'input_invalid',
        `${path}: unknown columns ${header.unknown.slice(0, 5).join(', ')}. Remove or rename them.`,
      )
    }
    fields = header.fields
  }
}
