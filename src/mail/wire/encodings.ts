/**
 * The encodings in their one strict form. Decoders skip what they do not understand, each a little
 * differently: what is skipped here might be shown there, so none of it may be there at all.
 */

const LINE = 76
/** RFC 2045 §6.7: printable octets, escapes in capitals, soft breaks, lines of 76 at most. */
const QUOTED_LINE = /^(?:[\t -<>-~]|=[0-9A-F]{2})*=?$/
/** RFC 2045 §6.8, with nothing after the padding. */
const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}(?:\r\n)?$/
/** RFC 2047 §2 in UTF-8, word after word. */
const ENCODED_WORDS =
  /^=\?utf-8\?(?:Q\?[!->@-~]+|B\?[A-Za-z0-9+/]+={0,2})\?=(?: =\?utf-8\?(?:Q\?[!->@-~]+|B\?[A-Za-z0-9+/]+={0,2})\?=)*$/i

/** Whether a subject, unfolded, is plain ASCII without encoded words, or encoded words and nothing else. */
export const isStrictSubject = (value: string): boolean =>
  !value.includes('=?') || ENCODED_WORDS.test(value)

/** Whether a body holds nothing but what its encoding says. */
export function isStrictBody(encoding: string, content: string): boolean {
  if (encoding === '7bit') return true
  const lines = content.split('\r\n')
  if (lines.some((line) => line.length > LINE)) return false
  return encoding === 'base64'
    ? BASE64.test(content)
    : lines.every((line) => QUOTED_LINE.test(line))
}
