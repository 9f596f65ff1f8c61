import type { ReadPage } from './entry.js'
import type { LineBlock } from './lines.js'
import { type HeaderReader, headerReader } from './message-header.js'

const NOTHING: ReadPage = { batches: [], entries: [] }

/**
 * The recipients named in the header of one RFC 5322 message, as one batch. Messages attached to it
 * are not read. The body is passed over, so that a file that ends too early is noticed.
 */
export async function* readMessage(blocks: AsyncIterable<LineBlock>): AsyncGenerator<ReadPage> {
  let header: HeaderReader | undefined = headerReader(1)
  for await (const { first, lines, isCut } of blocks) {
    if (header === undefined) continue
    const end = isCut ? -1 : endOfHeader(lines, first)
    takeLines(header, { first, lines: end < 0 ? lines : lines.slice(0, end), isCut })
    yield end < 0 ? (header.early() ?? NOTHING) : header.end()
    if (end >= 0) header = undefined
  }
  if (header) yield header.end()
}

/** Empty lines before the first field are not the end. */
function endOfHeader(lines: readonly string[], first: number): number {
  if (first > 1) return lines.indexOf('')
  const start = lines.findIndex((line) => line !== '')
  return start < 0 ? -1 : lines.indexOf('', start)
}

function takeLines(header: HeaderReader, { first, lines, isCut }: LineBlock): void {
  lines.forEach((text, n) => {
    header.take(text, first + n, isCut)
  })
}
