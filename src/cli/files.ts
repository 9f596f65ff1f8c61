import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { createInterface } from 'node:readline'
import { CsvError, parse as parseCsv } from 'csv-parse'
import { fromCells, readHeader } from '../accounts/import/record.js'
import { Refusal } from '../platform/errors.js'

/** A file on disk as a source that can be opened twice. Refuses with `file_not_found`. */
export function fileSource(path: string): { name: string; open: () => AsyncIterable<Uint8Array> } {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new Refusal('file_not_found', `There is no file ${path}.`)
  if (!found.isFile()) throw new Refusal('file_not_found', `${path} is not a file.`)
  return { name: basename(path), open: () => createReadStream(path, { highWaterMark: 1 << 18 }) }
}

/** Before anything is done whose result goes there: refuses with `input_invalid`. */
export function refuseUnwritable(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new Refusal(
      'input_invalid',
      `${path} cannot be written (${why}). Name another file, in a folder that exists; nothing was done.`,
      { cause },
    )
  }
}

const SAMPLE_BYTES = 4_096

/** A file of lines. Refuses with `file_not_found`, `file_empty` or `file_binary`. */
function textFile(path: string): string {
  fileSource(path)
  const sample = sampleOf(path)
  if (sample.toString('latin1').trim() === '') {
    throw new Refusal('file_empty', `${path} is empty. Check that it was written completely.`)
  }
  if (sample[0] === 0x1f && sample[1] === 0x8b) {
    throw new Refusal('file_binary', `${path} is packed with gzip. Unpack it first: gunzip ${path}`)
  }
  if (sample.includes(0)) {
    throw new Refusal('file_binary', `${path} is binary, not text. Export it as CSV or NDJSON.`)
  }
  return path
}

function sampleOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES)
    return sample.subarray(0, readSync(file, sample))
  } finally {
    closeSync(file)
  }
}

type Raw = { index: number; json: unknown } | { index: number; problem: string }

/** The JSON of each line of an NDJSON file; `index` is the line number. */
export async function* ndjsonFile(path: string): AsyncGenerator<Raw> {
  const lines = createInterface({
    input: createReadStream(textFile(path)),
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

/** Accounts from CSV (with a header) or NDJSON, told apart by extension. */
export const accountsFile = (path: string): AsyncGenerator<Raw> =>
  extname(path).toLowerCase() === '.csv' ? csvAccounts(path) : ndjsonFile(path)

async function* csvAccounts(path: string): AsyncGenerator<Raw> {
  const parser = parseCsv({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  })
  const file = createReadStream(textFile(path)).on('error', (error) => parser.destroy(error))
  const rows = file.pipe(parser)
  let fields: string[] | undefined
  try {
    for await (const { record, info } of rows as AsyncIterable<Row>) {
      if (fields) yield { index: info.lines, json: fromCells(fields, record) }
      else fields = fieldsOf(path, record)
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new Refusal(
      'input_invalid',
      `${path}: ${cause.message}. Correct it and import it again; what came before it is imported.`,
      { cause },
    )
  }
}

type Row = { record: string[]; info: { lines: number } }

function fieldsOf(path: string, header: readonly string[]): string[] {
  const { fields, unknown } = readHeader(header)
  if (!fields.includes('id') || !fields.includes('address')) {
    throw new Refusal(
      'input_invalid',
      `${path}: the first line must name the columns, at least id and address.`,
    )
  }
  if (unknown.length > 0) {
    throw new Refusal(
      'input_invalid',
      `${path}: unknown columns ${unknown.slice(0, 5).join(', ')}. Remove or rename them.`,
    )
  }
  return fields
}
