import type { ReadPage } from './entry.js'
import type { LineBlock } from './lines.js'
import { type HeaderReader, headerReader, isFieldLine } from './message-header.js'

/** `From sender Fri Nov  1 07:10:00 2019` (RFC 4155), or with a single word and nothing else. */
const FROM_LINE = /^From +(?:\S+\s*$|\S.*\s\d{1,2}:\d{1,2}(?::\d{1,2})?\s(?:.*\s)?\d{4}\b)/

const MAX_FROM_LINE = 300

/** Whether a message begins here: body text that starts with `From ` passes neither test. */
export function isMessageStart(line: string, next: string): boolean {
  return line.length <= MAX_FROM_LINE && FROM_LINE.test(line) && isFieldLine(next)
}

type Mbox = {
  messages: number
  /** The reader of the open header; in a body there is none. */
  header: HeaderReader | undefined
  /** A line that begins a message if the next one is a header field. */
  fromLine: string | undefined
}

/**
 * The recipients of every message of an mbox, one batch per message. A message begins with a
 * `From ` line that names a time (or one word only) and is followed by a header field; other lines
 * like it are body text. An empty line before it is not asked for: many mailboxes have none.
 */
export async function* readMbox(blocks: AsyncIterable<LineBlock>): AsyncGenerator<ReadPage> {
  const mbox: Mbox = { messages: 0, header: undefined, fromLine: undefined }
  for await (const { first, lines, isCut } of blocks) {
    const pages: ReadPage[] = []
    for (let n = 0; n < lines.length; n++) {
      const page = takeLine(mbox, lines[n] ?? '', first + n, isCut)
      if (page) pages.push(page)
    }
    yield {
      batches: pages.flatMap((page) => page.batches),
      entries: pages.flatMap((page) => page.entries),
    }
  }
  if (mbox.header) yield mbox.header.end()
}

function takeLine(mbox: Mbox, text: string, line: number, isCut: boolean): ReadPage | undefined {
  const { header, fromLine } = mbox
  mbox.fromLine = text.startsWith('From ') ? text : undefined
  if (fromLine !== undefined && isMessageStart(fromLine, text)) {
    beginMessage(mbox)
    mbox.header?.take(text, line, isCut)
    return header?.end()
  }
  if (header && text === '' && !isCut) {
    mbox.header = undefined
    return header.end()
  }
  if (mbox.fromLine === undefined) header?.take(text, line, isCut)
  return header?.early()
}

function beginMessage(mbox: Mbox): void {
  mbox.messages++
  mbox.header = headerReader(mbox.messages)
}
