import { type Entry, type ReadPage, rejection } from './entry.js'
import { type LineBlock, readEachLine } from './lines.js'

const HASH = /^\s*"?([0-9a-f]{64})"?\s*(?:$|[\s,;:|])/i
const HEADER = /^[\s"]*[a-z][\w -]*"?\s*(?:$|[,;\t|])/i

/**
 * A list of SHA-256 hashes, one per line in hexadecimal; what follows a separator is ignored (other
 * columns, the file name of `sha256sum`). Each must be the hash of the UTF-8 bytes of an address in
 * its comparable form, that is trimmed and lower-cased. Blank lines, `#` comments and a header in
 * line 1 are skipped.
 */
export function readHashes(blocks: AsyncIterable<LineBlock>): AsyncGenerator<ReadPage> {
  return readEachLine(blocks, readHashLine)
}

export function isHashLine(line: string): boolean {
  return HASH.test(line)
}

function readHashLine(text: string, line: number, entries: Entry[]): void {
  const sha256 = HASH.exec(text)?.[1]
  if (sha256 !== undefined) {
    entries.push({ kind: 'hash', line, batch: 1, sha256: sha256.toLowerCase() })
    return
  }
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.startsWith('#') || (line === 1 && HEADER.test(text.slice(0, 100))))
    return
  entries.push(rejection({ line, batch: 1 }, trimmed, 'hash_malformed'))
}
