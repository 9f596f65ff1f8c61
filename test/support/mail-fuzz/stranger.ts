/** Everything of a second person holds this mark, so that it is found however it is written. */
const MARK = 'zq7x9k'

export const STRANGER = {
  address: 'zq7x9kbob@zq7x9kvictim.example',
  name: 'Zq7x9k Bobson',
  phrase: 'zq7x9k otter in the rain',
  token: 'zq7x9kTokenTokenTokenTokenTokenTokenTokenTokenA',
  mailId: '00000000-0000-4000-8000-000000000zq7x9k',
} as const

/**
 * Whether the message shows anything of the stranger to whoever reads it: on the wire, in decoded
 * headers, and in decoded bodies, also as entities, percent-encoded or in other forms of the letters.
 * Reads the bytes by itself: it shares nothing with the gate, nor with the parser that the gate uses.
 */
export function showsStranger(bytes: Uint8Array): boolean {
  const raw = Buffer.from(bytes).toString('latin1')
  if (hasMark(raw)) return true
  const end = raw.indexOf('\r\n\r\n')
  if (hasMark(decodeWords(raw.slice(0, end)))) return true
  return raw
    .slice(end)
    .split(/\r\n--[^\r\n]*\r\n/)
    .some((part) => bodiesOf(part).some(hasMark))
}

const hasMark = (text: string) =>
  text.toLowerCase().includes(MARK) ||
  (/[^ -~\r\n]|&#|%/.test(text) && plainest(text).includes(MARK))

const plainest = (text: string) =>
  text
    .replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code) % 0x110000))
    .replace(/&#x([\da-f]+);/gi, (_all, code) =>
      String.fromCodePoint(Number.parseInt(code, 16) % 0x110000),
    )
    .replace(/%([\da-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}]/gu, '')
    .toLowerCase()

/** The part read in each way in which it could be meant, whatever its own header says. */
function bodiesOf(part: string): string[] {
  const body = part.slice(part.indexOf('\r\n\r\n') + 4)
  const quoted = body
    .replace(/=[ \t]*\r\n/g, '')
    .replace(/=([\da-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
  const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8')
  const isBase64 = /^[A-Za-z0-9+/=\r\n]+$/.test(body)
  return [utf8(quoted), isBase64 ? Buffer.from(body, 'base64').toString('utf8') : '']
}

const decodeWords = (headers: string) =>
  headers
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?[^?]*\?([BQ])\?([^?]*)\?=/gi, (_all, form, text: string) =>
      form.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString('utf8')
        : text.replace(/=([\da-f]{2})/gi, (_one, code) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          ),
    )

/** Who the message itself says it is for, and everybody else it names as a recipient. */
export function recipientsOf(bytes: Uint8Array): string[] {
  const raw = Buffer.from(bytes).toString('latin1')
  const headers = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return headers.split('\r\n').flatMap((line) => {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/.exec(line) ?? []
    return /^(?:to|cc|bcc|resent-.*|apparently-to|x-original-to|delivered-to)$/i.test(name.trim())
      ? value.split(',').map((each) => each.trim())
      : []
  })
}
