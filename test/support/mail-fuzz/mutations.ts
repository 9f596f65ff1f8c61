import type { Chance } from './chance.js'
import { STRANGER } from './stranger.js'

const LINES = [
  `Cc: ${STRANGER.address}`,
  `Bcc: ${STRANGER.address}`,
  `To: ${STRANGER.address}`,
  `Resent-To: ${STRANGER.address}`,
  `Reply-To: ${STRANGER.address}`,
  `X-Audience: ${STRANGER.address}`,
  `DKIM-Signature: v=1; b=${STRANGER.token}`,
  ` ${STRANGER.address}`,
  `\t, ${STRANGER.address}`,
  STRANGER.address,
  STRANGER.token,
  `<p>${STRANGER.address}</p>`,
  `Content-Type: text/plain; name="${STRANGER.address}"`,
  'Content-Transfer-Encoding: 8bit',
  '--boundary',
  '',
]

type Mutation = (lines: string[], chance: Chance) => void

/** Changes to the lines of a message, each of which has been, or could be, somebody's bug. */
const MUTATIONS: readonly Mutation[] = [
  (lines, chance) => lines.splice(chance.upTo(lines.length), 0, chance.one(LINES)),
  (lines, chance) => lines.splice(chance.upTo(lines.length), 1, chance.one(LINES)),
  (lines, chance) => lines.splice(chance.upTo(14), 0, chance.one(LINES)),
  (lines, chance) => lines.splice(chance.upTo(lines.length), 1),
  (lines, chance) => {
    const at = chance.upTo(lines.length)
    lines.splice(at, 0, lines[at] ?? '')
  },
  (lines, chance) => {
    const at = chance.upTo(lines.length)
    const line = lines[at] ?? ''
    const cut = chance.upTo(line.length + 1)
    lines[at] = line.slice(0, cut) + chance.one(LINES) + line.slice(cut)
  },
  (lines, chance) => {
    const at = chance.upTo(lines.length)
    const line = lines[at] ?? ''
    const cut = chance.upTo(line.length + 1)
    lines[at] = line.slice(0, cut) + String.fromCharCode(chance.upTo(256)) + line.slice(cut + 1)
  },
  (lines) => lines.push('', STRANGER.address),
  (lines, chance) => inBodies(lines, chance, ` ${STRANGER.address} `),
  (lines, chance) => inBodies(lines, chance, ` ${STRANGER.token} `),
  (lines, chance) => inBodies(lines, chance, ` ${STRANGER.address.replace('@', '＠')} `),
  (lines, chance) => inBodies(lines, chance, ` https://${STRANGER.address}/ `),
  (lines, chance) => inBodies(lines, chance, ' zq7x9kbob@zq7x9k\u2068victim.example '),
]

/** Puts a second person into both bodies, decoded and encoded again as a mail program would. */
function inBodies(lines: string[], chance: Chance, words: string): void {
  const marks = lines.flatMap((line, at) => (/^Content-Transfer-Encoding:/i.test(line) ? [at] : []))
  const word = chance.one(['Shop', 'a', 'e', 'A', '：', 'の', '。', 'о', '.'])
  for (const mark of marks.reverse()) {
    const start = lines.indexOf('', mark) + 1
    const end = lines.findIndex((line, at) => at >= start && line.startsWith('--'))
    if (start === 0 || end < 0) return
    const isBase64 = /base64/i.test(lines[mark] ?? '')
    const encoded = lines.slice(start, end).join('\r\n')
    const text = isBase64 ? Buffer.from(encoded, 'base64').toString() : unquoted(encoded)
    const changed = text.replace(`\n${word}`, `\n${words}${word}`).replace(word, `${word}${words}`)
    const wrapped =
      Buffer.from(changed)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    lines.splice(start, end - start, ...wrapped)
    lines[mark] = 'Content-Transfer-Encoding: base64'
  }
}

const unquoted = (text: string) =>
  Buffer.from(
    text
      .replaceAll('=\r\n', '')
      .replace(/=([\dA-F]{2})/g, (_all, code) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString()

/** The message with one to three changes. */
export function mutate(bytes: Uint8Array, chance: Chance): Uint8Array {
  const lines = Buffer.from(bytes).toString('latin1').split('\r\n')
  const count = 1 + chance.upTo(3)
  for (let change = 0; change < count; change += 1) chance.one(MUTATIONS)(lines, chance)
  return Buffer.from(lines.join('\r\n'), 'latin1')
}
