import { type Entry, RAW_LENGTH, type ReadPage, rejection } from './entry.js'

/** Longer lines are not read; of each only the beginning is kept. */
export const MAX_LINE_LENGTH = 1_048_576

/** Consecutive lines, the first of which has number `first`. A cut line is a block of its own. */
export type LineBlock = { first: number; lines: string[]; isCut: boolean }

/** Reads one line into `entries`. */
export type LineReader = (line: string, number: number, entries: Entry[]) => void

/** Splits text into numbered lines, a block per piece of text; memory stays within one long line. */
export async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<LineBlock> {
  let first = 1
  let open = ''
  let isCut = false
  for await (const text of texts) {
    const end = text.lastIndexOf('\n')
    if (end < 0) {
      if (!isCut) open += text
    } else {
      const lines = (open + text.slice(0, end)).split('\n')
      yield* blocksOf(lines, first, isCut)
      first += lines.length
      open = text.slice(end + 1)
      isCut = false
    }
    if (open.length > MAX_LINE_LENGTH) {
      isCut = true
      open = beginningOf(open)
    }
  }
  if (open !== '' || isCut) yield* blocksOf([open], first, isCut)
}

/** One page per block, each line read by `read`; cut lines become rejections. */
export async function* readEachLine(
  blocks: AsyncIterable<LineBlock>,
  read: LineReader,
): AsyncGenerator<ReadPage> {
  for await (const { first, lines, isCut } of blocks) {
    const entries: Entry[] = []
    if (isCut) entries.push(rejection({ line: first, batch: 1 }, lines[0] ?? '', 'line_too_long'))
    else for (let n = 0; n < lines.length; n++) read(lines[n] ?? '', first + n, entries)
    yield { batches: [], entries }
  }
}

function* blocksOf(lines: string[], first: number, isFirstCut: boolean): Generator<LineBlock> {
  let from = 0
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n] ?? ''
    if (line.length <= MAX_LINE_LENGTH && !(isFirstCut && n === 0)) continue
    if (n > from) yield { first: first + from, lines: lines.slice(from, n), isCut: false }
    yield { first: first + n, lines: [beginningOf(line)], isCut: true }
    from = n + 1
  }
  if (from === 0) yield { first, lines, isCut: false }
  else if (from < lines.length)
    yield { first: first + from, lines: lines.slice(from), isCut: false }
}

/** A copy, so that the rest of the line can be forgotten. */
function beginningOf(line: string): string {
  return ` ${line.slice(0, RAW_LENGTH)}`.slice(1)
}
