import { unicodeSpelling } from './person.js'
import type { Random } from './random.js'

/** Shares of addresses written otherwise than in their comparable form. */
const UPPER_SHARE = 0.03
const UNICODE_SHARE = 0.5
const COMMENT_SHARE = 0.02
const NAME_SHARE = 0.25
const BAIT_SHARE = 0.007

/** Display names that look like addresses, which must never be taken for one. */
const BAITS = [
  '"refund@bait.example"',
  '"Support, help@bait.example; desk" ',
  '=?utf-8?Q?winner=40bait.example?= ',
  '=?utf-8?B?PHZpcEBiYWl0LmV4YW1wbGU+LA==?= ',
  'audit@bait.example ',
]
const COMMENTS = ['(private)', '(old (very) old)', '(see bait@bait.example)', '(取引)']

/** One address as it may be written on a list: the same address, often in other characters. */
export function spell(address: string, random: Random): string {
  const unicode = random.chance(UNICODE_SHARE) ? unicodeSpelling(address) : address
  return random.chance(UPPER_SHARE) && isAscii(unicode) ? upperCase(unicode, random) : unicode
}

/** One recipient as an address list holds it (RFC 5322 §3.4), at times with a name or a comment. */
export function spellMailbox(address: string, name: string, random: Random): string {
  const spelled = spell(address, random)
  if (random.chance(BAIT_SHARE)) return `${random.pick(BAITS)}<${spelled}>`
  if (random.chance(COMMENT_SHARE)) return withComment(spelled, random)
  return random.chance(NAME_SHARE) ? `${displayName(name, random)} <${spelled}>` : spelled
}

export function withComment(address: string, random: Random): string {
  const comment = random.pick(COMMENTS)
  return random.chance(0.5) ? `${address} ${comment}` : `${comment} ${address}`
}

/** As the mailer writes a name: an atom, a quoted string, or an encoded word (RFC 2047). */
function displayName(name: string, random: Random): string {
  if (isAscii(name)) return random.chance(0.3) ? `"${name.split(' ').reverse().join(', ')}"` : name
  const bytes = Buffer.from(name)
  if (random.chance(0.5)) return `=?utf-8?B?${bytes.toString('base64')}?=`
  return `=?utf-8?Q?${bytes.toString('hex').toUpperCase().replace(/../g, '=$&')}?=`
}

function upperCase(address: string, random: Random): string {
  const at = address.indexOf('@')
  if (random.chance(0.5)) return address.toUpperCase()
  return address.slice(0, at) + address.slice(at).toUpperCase()
}

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text)
