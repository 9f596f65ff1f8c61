import { Refusal } from '../../platform/errors.js'

/** One record as text, counted from 0; `isCut`: it was longer than any record may be. */
export type RecordText = { index: number; text: string; isCut: boolean }

/** A record has a few short fields. Longer ones are told apart from the rest and not held. */
export const LONGEST_RECORD = 64 * 1024

/** The non-empty lines of NDJSON. */
export async function* recordLines(pieces: AsyncIterable<string>): AsyncGenerator<RecordText> {
  let index = 0
  let held = ''
  for await (const piece of pieces) {
    const lines = (held + piece).split('\n')
    held = clip(lines.pop() ?? '')
    for (const line of lines) {
      if (line.trim() === '') continue
      yield whole(index, line)
      index += 1
    }
  }
  if (held.trim() !== '') yield whole(index, held)
}

/**
 * The elements of a JSON array. Brackets are only counted: whether one is JSON, `JSON.parse` says.
 * Refuses with `input_invalid` what is no array.
 */
export async function* arrayElements(pieces: AsyncIterable<string>): AsyncGenerator<RecordText> {
  const scan: Scan = { depth: 0, isString: false, isEscaped: false, index: 0, held: '' }
  let hasBegun = false
  for await (const piece of pieces) {
    const trimmed = hasBegun ? piece : piece.trimStart()
    if (trimmed === '') continue
    if (!hasBegun && trimmed[0] !== '[') throw noArray()
    hasBegun = true
    yield* elementsIn(scan, trimmed)
  }
  if (!hasBegun) throw noArray()
  if (scan.depth > 0) yield { index: scan.index, text: 'the array does not end', isCut: false }
}

const noArray = () =>
  new Refusal(
    'input_invalid',
    'The body must be a JSON array of accounts, or application/x-ndjson.',
  )

type Scan = { depth: number; isString: boolean; isEscaped: boolean; index: number; held: string }

function* elementsIn(scan: Scan, piece: string): Generator<RecordText> {
  let from = 0
  for (let at = 0; at < piece.length; at += 1) {
    const place = step(scan, piece.charCodeAt(at))
    if (place === 'within') continue
    const text = place === 'begins' ? '' : scan.held + piece.slice(from, at)
    scan.held = ''
    from = at + 1
    if (text.trim() === '') continue
    yield whole(scan.index, text)
    scan.index += 1
  }
  if (scan.depth > 0) scan.held = clip(scan.held + piece.slice(from))
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Whether the outermost array begins at this character, or an element of it ends. */
function step(scan: Scan, code: number): 'begins' | 'ends' | 'within' {
  if (scan.isString) stepInString(scan, code)
  else if (code === QUOTE) scan.isString = true
  else if (OPENING.has(code)) {
    scan.depth += 1
    return scan.depth === 1 ? 'begins' : 'within'
  } else if (CLOSING.has(code)) {
    scan.depth -= 1
    return scan.depth === 0 ? 'ends' : 'within'
  } else if (code === COMMA && scan.depth === 1) return 'ends'
  return 'within'
}

function stepInString(scan: Scan, code: number): void {
  if (scan.isEscaped) scan.isEscaped = false
  else if (code === BACKSLASH) scan.isEscaped = true
  else if (code === QUOTE) scan.isString = false
}

const clip = (text: string) =>
  text.length > LONGEST_RECORD ? text.slice(0, LONGEST_RECORD + 1) : text
const whole = (index: number, text: string): RecordText => ({
  index,
  text,
  isCut: text.length > LONGEST_RECORD,
})
