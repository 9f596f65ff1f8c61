/** One mailbox of an address list: its addr-spec as written, or what cannot be read as one. */
export type Mailbox = { line: number; spec: string } | { line: number; malformed: string }

export type MailboxScanner = {
  /** Takes the next physical line of the list. */
  feed: (text: string, line: number) => void
  /** The list is over: whatever is open is finished. */
  end: () => void
}

type Mode = 'outside' | 'angle' | 'after' | 'quoted' | 'comment' | 'literal'

type Scan = {
  mode: Mode
  /** Where to go on after a quoted string, comment or literal. */
  backTo: 'outside' | 'angle' | 'after'
  depth: number
  /** What stands outside angle brackets: a bare addr-spec, or a display name. */
  outside: string
  angle: string
  hasAngle: boolean
  isMalformed: boolean
  line: number
  readonly hasGroups: boolean
  readonly found: (mailbox: Mailbox) => void
}

/** Far above any address, so that a hostile list cannot grow a word without end. */
const MAX_WORD = 2048

/** Atomic although its text may hold specials, so that none of it is taken for an address. */
const ENCODED_WORD = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/iy
const ORDINARY: Record<Mode, RegExp> = {
  outside: /[^"(),:;<=[\\]+/y,
  angle: /[^"(>[\\]+/y,
  after: /\s+/y,
  quoted: /[^"\\]+/y,
  comment: /[^()\\]+/y,
  literal: /[^\]\\]+/y,
}

/**
 * Splits an address list (RFC 5322 §3.4 with the obsolete forms of §4.4) into mailboxes. Addresses
 * come only from addr-specs: display names, group names, comments and encoded words yield none.
 * `hasGroups` reads `name: members;`; without it a colon is an ordinary character. As many clients
 * write them, semicolons separate like commas. It holds no more than one mailbox at a time.
 */
export function scanMailboxes(
  hasGroups: boolean,
  found: (mailbox: Mailbox) => void,
): MailboxScanner {
  const scan: Scan = { ...EMPTY, backTo: 'outside', depth: 0, hasGroups, found }
  return {
    feed: (text, line) => {
      for (let at = 0; at < text.length; ) at = step(scan, text, at, line)
    },
    end: () => {
      if (scan.mode !== 'outside' && scan.mode !== 'after') scan.isMalformed = true
      finish(scan)
    },
  }
}

const EMPTY = {
  mode: 'outside' as Mode,
  outside: '',
  angle: '',
  hasAngle: false,
  isMalformed: false,
  line: 0,
}

function step(scan: Scan, text: string, at: number, line: number): number {
  const run = match(ORDINARY[scan.mode], text, at)
  if (run !== '') {
    keep(scan, run, line)
    return at + run.length
  }
  const character = text[at] ?? ''
  if (character === '\\') {
    keep(scan, text.slice(at, at + 2), line)
    return at + 2
  }
  if (character === '=' && scan.mode === 'outside') {
    const word = match(ENCODED_WORD, text, at) || character
    keep(scan, word, line)
    return at + word.length
  }
  STEPS[scan.mode](scan, character, line)
  return at + 1
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.test(text) ? text.slice(at, pattern.lastIndex) : ''
}

const STEPS: Record<Mode, (scan: Scan, character: string, line: number) => void> = {
  outside: stepOutside,
  angle: stepAngle,
  after: stepAfter,
  quoted: (scan, character, line) => {
    keep(scan, character, line)
    scan.mode = scan.backTo
  },
  literal: (scan, character, line) => {
    keep(scan, character, line)
    scan.mode = scan.backTo
  },
  comment: (scan, character) => {
    scan.depth += character === '(' ? 1 : -1
    if (scan.depth === 0) scan.mode = scan.backTo
  },
}

function stepOutside(scan: Scan, character: string, line: number): void {
  if (character === ',' || character === ';') finish(scan)
  else if (character === '<') {
    scan.mode = 'angle'
    scan.hasAngle = true
    scan.line = line
  } else if (character === ':' && scan.hasGroups) {
    scan.outside = ''
  } else enter(scan, character, line)
}

function stepAngle(scan: Scan, character: string, line: number): void {
  if (character === '>') scan.mode = 'after'
  else enter(scan, character, line)
}

function stepAfter(scan: Scan, character: string, line: number): void {
  if (character === ',' || character === ';') finish(scan)
  else if (character === '(') enter(scan, character, line)
  else {
    // Two addresses without a comma between them: which one is meant cannot be known.
    scan.isMalformed = true
    scan.outside = written(scan) + character
    scan.hasAngle = false
    scan.angle = ''
    scan.mode = 'outside'
  }
}

/** Quoted strings, comments and literals open the same way everywhere. */
function enter(scan: Scan, character: string, line: number): void {
  if (scan.line === 0) scan.line = line
  if (scan.mode === 'outside' || scan.mode === 'angle' || scan.mode === 'after') {
    scan.backTo = scan.mode
  }
  if (character === '(') {
    keep(scan, ' ', line)
    scan.mode = 'comment'
    scan.depth = 1
    return
  }
  keep(scan, character, line)
  if (character === '"') scan.mode = 'quoted'
  if (character === '[') scan.mode = 'literal'
}

function keep(scan: Scan, text: string, line: number): void {
  const place = scan.mode === 'outside' || scan.mode === 'angle' ? scan.mode : scan.backTo
  if (scan.mode === 'comment' || scan.mode === 'after' || place === 'after') return
  if (scan[place].length >= MAX_WORD) return
  if (scan[place].trim() === '' && text.trim() !== '') scan.line = line
  scan[place] += text.slice(0, MAX_WORD)
}

function written({ outside, angle, hasAngle, mode }: Scan): string {
  if (!hasAngle) return outside
  return `${outside}<${angle}${mode === 'after' ? '>' : ''}`
}

function finish(scan: Scan): void {
  const { line, found } = scan
  if (scan.isMalformed) {
    found({ line, malformed: written(scan) })
  } else if (scan.hasAngle) found({ line, spec: tightenAngle(scan.angle) })
  else if (scan.outside.trim() !== '') found({ line, spec: tightenBare(scan.outside) })
  Object.assign(scan, EMPTY)
}

/** Obsolete white space around dots and `@`, and an obsolete route `@a,@b:` (RFC 5322 §4.4). */
function tightenAngle(angle: string): string {
  const tight = oneBlank(angle)
    .replace(/ ?([.@]) ?/g, '$1')
    .trim()
  return /^@[^:"]*:/.test(tight) ? tight.slice(tight.indexOf(':') + 1).trim() : tight
}

/** In a bare local part `J. Doe@…` is more likely a name than an address: only the domain is tightened. */
function tightenBare(bare: string): string {
  const at = bare.lastIndexOf('@')
  if (at < 0) return bare.trim()
  const domain = oneBlank(bare.slice(at + 1)).replace(/ ?\. ?/g, '.')
  return `${bare.slice(0, at).trim()}@${domain.trim()}`
}

/** First, because matching runs of blanks around each dot would take quadratic time. */
function oneBlank(text: string): string {
  return text.replace(/\s+/g, ' ')
}
