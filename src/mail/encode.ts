/**
 * Content transfer encodings (RFC 2045 §6.7, §6.8) of a text whose lines end in LF. Every message is
 * decoded again by another parser before it leaves, so a mistake here stops mail and hides nothing.
 */

export type Encoded = { encoding: 'quoted-printable' | 'base64'; content: string }

const LINE = 76
/** Octets a character from which on base64 is the shorter form. */
const FOREIGN = 1.2
/** As Latin-1: what quoted-printable cannot write as it is. */
const UNSAFE = /[^\n -<>-~]/g
const HEX = Array.from(
  { length: 256 },
  (_, code) => `=${code.toString(16).toUpperCase().padStart(2, '0')}`,
)

/**
 * Mostly ASCII stays readable as quoted-printable, since filters distrust plain words in base64; for
 * everything else base64 is shorter.
 */
export function encodeText(text: string): Encoded {
  return Buffer.byteLength(text) < text.length * FOREIGN
    ? { encoding: 'quoted-printable', content: quotedPrintable(text) }
    : { encoding: 'base64', content: base64(text) }
}

const base64 = (text: string) =>
  Buffer.from(text.replaceAll('\n', '\r\n'))
    .toString('base64')
    .replace(/.{76}(?!$)/g, '$&\r\n')

function quotedPrintable(text: string): string {
  const octets = Buffer.from(text).toString('latin1')
  const escaped = octets.replace(UNSAFE, (octet) => HEX[octet.charCodeAt(0)] ?? '')
  return escaped.split('\n').map(foldLine).join('\r\n')
}

/**
 * Soft breaks after a blank where there is one, never inside an escaped octet. A blank at the end of a
 * line is escaped, and so is a `From ` at its beginning, which some programs change.
 */
function foldLine(line: string): string {
  let rest = line.endsWith(' ') ? `${line.slice(0, -1)}=20` : line
  if (rest.length <= LINE && !rest.startsWith('From ')) return rest
  const folded: string[] = []
  for (;;) {
    if (rest.startsWith('From ')) rest = `=46${rest.slice(1)}`
    if (rest.length <= LINE) break
    const cut = cutOf(rest)
    folded.push(`${rest.slice(0, cut)}=`)
    rest = rest.slice(cut)
  }
  return [...folded, rest].join('\r\n')
}

function cutOf(line: string): number {
  const blank = line.lastIndexOf(' ', LINE - 2) + 1
  if (blank > LINE / 2) return blank
  const octet = line.lastIndexOf('=', LINE - 2)
  return octet > LINE - 4 ? octet : LINE - 1
}
