import type { Chance } from './chance.js'
import { STRANGER } from './stranger.js'

/** What has broken mail before: line ends, headers, markup, encodings, marks of direction. */
const NASTY = [
  '\r\n',
  '\n',
  '\r',
  '\u2028',
  '\u0000',
  '\u202e',
  '\u2068',
  '\u2069',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\ue000',
  ',',
  ';',
  '<',
  '>',
  '"',
  "'",
  '\\',
  '=',
  '=\r\n',
  '=3D',
  '=00',
  '.',
  '\r\n.\r\n',
  '--',
  '&amp;',
  '&#64;',
  '<script>',
  '</strong>',
  '</bdi>',
  '<!--',
  '-->',
  '<![CDATA[',
  'https://own.test/',
  'www.own.test',
  'mine@own.test',
  '=?utf-8?B?bWluZQ==?=',
  '=?utf-8?Q?mine?=',
  '{name}',
  '{hours, plural, other {#}}',
  "'{",
  '%s',
  '%40',
  '＠',
  'a'.repeat(70),
  'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5',
  'محمد',
  '山田',
  '👨‍👩‍👧',
  'é',
  'Ann',
  ' ',
  '',
] as const

/** The same, and a second person in every form that somebody might smuggle one in by. */
const SMUGGLED = [
  STRANGER.address,
  `<${STRANGER.address}>`,
  `, ${STRANGER.address}`,
  `;${STRANGER.address}`,
  `\r\nBcc: ${STRANGER.address}`,
  `\nTo: ${STRANGER.address}`,
  `%0d%0aCc:${STRANGER.address}`,
  STRANGER.address.replace('@', '＠'),
  STRANGER.address.replace('@', '%40'),
  `"${STRANGER.address}"@own.test`,
  `https://${STRANGER.address}/`,
  `(${STRANGER.address})`,
  STRANGER.token,
] as const

const glue = (chance: Chance, pieces: readonly string[]) => {
  const count = 1 + chance.upTo(5)
  let text = ''
  for (let at = 0; at < count; at += 1) text += chance.one(pieces)
  return chance.once(4) ? text + String.fromCodePoint(chance.upTo(0xd7ff)) : text
}

/** Hostile text that belongs to the account itself. */
export const hostileText = (chance: Chance) => glue(chance, NASTY)
/** Hostile text with a second person somewhere in it. */
export const smugglingText = (chance: Chance) =>
  glue(chance, NASTY) + chance.one(SMUGGLED) + (chance.once(2) ? glue(chance, NASTY) : '')
