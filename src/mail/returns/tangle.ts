const MOST_CUTS = 500
const MOST_LINES = 5_000
const LINE_FEED = 0x0a
const HYPHEN = 0x2d

/**
 * Whether a message is cut into more lines or parts than anybody who reports would make: what a
 * parser does with a hundred thousand empty ones takes seconds. Counts without parsing.
 */
export function isTangled(bytes: Uint8Array): boolean {
  let lines = 0
  let cuts = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    lines += 1
    if (bytes[at + 1] === HYPHEN && bytes[at + 2] === HYPHEN) cuts += 1
    if (lines > MOST_LINES || cuts > MOST_CUTS) return true
  }
  return false
}
