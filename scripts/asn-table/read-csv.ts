import { areAscending } from '../../src/platform/ranges.js'
import type { SystemRanges } from '../../src/platform/system-ranges.js'

type Cursor = { bytes: Buffer; at: number }
/** Numbers of `width` words, the highest word first. */
type Column = { words: Uint32Array; width: number }

const NEWLINE = 10
const COMMA = 44
const ZERO = 48
const WORD = 2 ** 32
/** Digits are taken in parts, so small that a part's power of ten times a word is exact. */
const PART = 1_000_000

/**
 * Reads lines of `first,last,number,name` in ascending order: the addresses of a range as decimal
 * numbers of `width` words (one for IPv4, four for IPv6) and its autonomous system. These are the
 * files `asn-ipv4-num.csv` and `asn-ipv6-num.csv` of https://github.com/sapics/ip-location-db.
 * `undefined` when there are none, a line is anything else, or the last one has no end.
 */
export function readCsv(bytes: Buffer, width: number): SystemRanges | undefined {
  const count = countLines(bytes)
  if (count === 0 || bytes.at(-1) !== NEWLINE) return undefined
  const bounds = { words: new Uint32Array(count * 2 * width), width }
  const systems = { words: new Uint32Array(count), width: 1 }
  const cursor = { bytes, at: 0 }
  for (let row = 0; row < count; row += 1) {
    const isRead =
      readNumber(cursor, bounds, row * 2) &&
      readNumber(cursor, bounds, row * 2 + 1) &&
      readNumber(cursor, systems, row)
    if (!isRead) return undefined
    cursor.at = bytes.indexOf(NEWLINE, cursor.at) + 1
  }
  const ranges = { width, bounds: bounds.words, systems: systems.words }
  return areAscending(ranges) ? ranges : undefined
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

/** Reads digits and the comma behind them. `false` for anything else, and for too large a number. */
function readNumber(cursor: Cursor, column: Column, index: number): boolean {
  const { bytes } = cursor
  let { at } = cursor
  let part = 0
  let power = 1
  let fits = true
  for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
    part = part * 10 + digit
    power *= 10
    at += 1
    if (power < PART) continue
    fits = append(column, index, { part, power }) && fits
    part = 0
    power = 1
  }
  const hasDigits = at > cursor.at
  cursor.at = at + 1
  return append(column, index, { part, power }) && fits && hasDigits && bytes[at] === COMMA
}

function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO
  return digit <= 9 ? digit : -1
}

/** Puts further digits behind a number. `false` when it grows too large for its words. */
function append(
  { words, width }: Column,
  index: number,
  { part, power }: { part: number; power: number },
): boolean {
  let carry = part
  for (let at = (index + 1) * width - 1; at >= index * width; at -= 1) {
    const value = (words[at] ?? 0) * power + carry
    const word = value >>> 0
    words[at] = word
    carry = (value - word) / WORD
  }
  return carry === 0
}
