import { RAW_LENGTH } from './entry.js'
import { MAX_LINE_LENGTH } from './lines.js'

/** The text of one element of the array that is read; a cut one was too long and has only its beginning. */
export type JsonElement = { line: number; text: string; isCut: boolean }

export type ElementScanner = {
  feed: (text: string) => JsonElement[]
  /** Whether the text so far ends inside a bracket or string. */
  isOpen: () => boolean
}

const ARRAY_NAMES = new Set(
  'items addresses emails recipients entries accounts users records results rows data list'.split(
    ' ',
  ),
)

/** Whether an array of this name is read when the file is an object around it. */
export function isArrayName(name: string): boolean {
  return ARRAY_NAMES.has(name.toLowerCase())
}

type Scan = {
  depth: number
  /** Depth of the elements being read, 0 while none are. */
  base: number
  isObject: boolean
  isString: boolean
  isEscaped: boolean
  /** The last string seen directly in the outermost object. */
  key: string
  line: number
  startLine: number
  /** The open element's text from earlier pieces. */
  held: string
  isCut: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])
const SPECIAL = new Uint8Array(128)
for (const code of [QUOTE, NEWLINE, COMMA, ...OPENING, ...CLOSING]) SPECIAL[code] = 1

/**
 * Cuts a JSON array, or the first-level arrays with a known name in a JSON object, into the texts of
 * their elements without holding more than one of them. Brackets are only counted: whether an
 * element is JSON is for `JSON.parse` to say.
 */
export function scanElements(): ElementScanner {
  const scan: Scan = {
    depth: 0,
    base: 0,
    isObject: false,
    isString: false,
    isEscaped: false,
    key: '',
    line: 1,
    startLine: 1,
    held: '',
    isCut: false,
  }
  return {
    feed: (text) => feed(scan, text),
    isOpen: () => scan.depth > 0 || scan.isString,
  }
}

function feed(scan: Scan, text: string): JsonElement[] {
  const elements: JsonElement[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (scan.isString) stepString(scan, code)
    else if (code < 128 && SPECIAL[code] === 1) {
      if (endsElement(scan, code)) {
        hold(scan, text.slice(start, at))
        takeElement(scan, elements)
      }
      stepStructure(scan, code)
      if (startsElement(scan, code)) {
        start = at + 1
        scan.startLine = scan.line
      }
    }
  }
  if (scan.base > 0) hold(scan, text.slice(start))
  return elements
}

function endsElement(scan: Scan, code: number): boolean {
  return scan.base > 0 && scan.depth === scan.base && (code === COMMA || CLOSING.has(code))
}

function startsElement(scan: Scan, code: number): boolean {
  return scan.base > 0 && scan.depth === scan.base && (code === COMMA || OPENING.has(code))
}

function stepString(scan: Scan, code: number): void {
  if (code === NEWLINE) scan.line++
  if (scan.isEscaped) scan.isEscaped = false
  else if (code === BACKSLASH) scan.isEscaped = true
  else if (code === QUOTE) scan.isString = false
  else if (scan.base === 0 && scan.depth === 1 && scan.key.length < 64) {
    scan.key += String.fromCharCode(code)
  }
}

function stepStructure(scan: Scan, code: number): void {
  if (code === NEWLINE) scan.line++
  else if (code === QUOTE) {
    scan.isString = true
    if (scan.base === 0) scan.key = ''
  } else if (OPENING.has(code)) open(scan, code === 0x5b)
  else if (CLOSING.has(code)) close(scan)
}

function open(scan: Scan, isArray: boolean): void {
  if (scan.depth === 0) scan.isObject = !isArray
  scan.depth++
  const isNamed = scan.isObject && scan.depth === 2 && isArrayName(scan.key)
  if (scan.base === 0 && isArray && (scan.depth === 1 || isNamed)) scan.base = scan.depth
}

function close(scan: Scan): void {
  if (scan.depth === scan.base) scan.base = 0
  scan.depth = Math.max(0, scan.depth - 1)
}

function hold(scan: Scan, text: string): void {
  if (scan.isCut) return
  scan.held += text
  if (scan.held.length <= MAX_LINE_LENGTH) return
  settleStart(scan)
  scan.isCut = true
  scan.held = ` ${scan.held.slice(0, RAW_LENGTH)}`.slice(1)
}

function takeElement(scan: Scan, elements: JsonElement[]): void {
  settleStart(scan)
  const { startLine: line, held: text, isCut } = scan
  if (text !== '') elements.push({ line, text, isCut })
  scan.held = ''
  scan.isCut = false
}

/** Moves the element's beginning over the white space and the lines before it. */
function settleStart(scan: Scan): void {
  const text = scan.held.trimStart()
  const before = scan.held.slice(0, scan.held.length - text.length)
  if (before.includes('\n')) scan.startLine += before.split('\n').length - 1
  scan.held = text
}
