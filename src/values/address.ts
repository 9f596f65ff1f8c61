import { domainToASCII, domainToUnicode } from 'node:url'

declare const brand: unique symbol

/** A mailbox in its one comparable form. Only `parseAddress` makes them. */
export type Address = string & { readonly [brand]: 'Address' }

export type AddressRejection =
  | 'empty'
  | 'too_long'
  | 'broken_encoding'
  | 'control_character'
  | 'invisible_character'
  | 'whitespace'
  | 'quoted_local'
  | 'comment'
  | 'domain_literal'
  | 'forbidden_character'
  | 'no_at_sign'
  | 'several_at_signs'
  | 'local_empty'
  | 'local_too_long'
  | 'local_dots'
  | 'local_character'
  | 'encoded_word'
  | 'domain_empty'
  | 'domain_too_long'
  | 'domain_label'
  | 'domain_character'
  | 'domain_not_idna'
  | 'domain_single_label'
  | 'domain_numeric'

export type ParsedAddress = { address: Address } | { rejected: AddressRejection }

/** Longest input worth looking at: four times the octets an address may have. */
const LOOK_AT_MOST = 1024
const LOCAL_OCTETS = 64
const DOMAIN_OCTETS = 253
const ADDRESS_OCTETS = 254
const LABEL_OCTETS = 63

/**
 * What nearly every address looks like: an ASCII dot-atom, hosts without `--`, an alphabetic
 * top-level domain. Together with a length of at most 64 it implies every rule of the policy.
 */
const PLAIN =
  /^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}$/
const PLAIN_LENGTH = 64

/** Non-ASCII characters that canonical normalisation turns into ASCII: `K`, `;` and a backtick. */
const ASCII_SINGLETON = /[\u212a\u037e\u1fef]/
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}]/u
/** Refused even at the ends, where other white space is trimmed: what is sent on must be one line. */
const LINE_BREAK = /[\n\v\f\r\u0085\u2028\u2029]/
const CONTROL = /\p{Cc}/u
const ASCII_ONLY = /^[\0-\x7f]*$/
const NON_ASCII = /[^\0-\x7f]/g

/** Inside brackets: each position of an atom is one class, so that a near miss is found at once. */
const ATEXT = "a-z0-9!#$%&'*+/=?^_`{|}~\\-"
const LOCAL_CHARACTERS = new RegExp(`^[${ATEXT}.\\u0080-\\uffff]+$`)
/** An atom of letters, marks and digits of any script that does not begin with a mark (RFC 6531). */
const LOCAL_ATOM = new RegExp(`^[${ATEXT}\\p{L}\\p{N}][${ATEXT}\\p{L}\\p{N}\\p{M}]*$`, 'u')
const ENCODED_WORD = /=\?.*\?=/

/** Letters, marks, digits, the contextual punctuation of RFC 5892, and the dots of UTS 46. */
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.\-\u00b7\u0375\u05f3\u05f4\u30fb\u3002\uff0e\uff61]+$/u
const ASCII_DOMAIN_CHARACTERS = /^[a-z0-9.-]+$/
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
/** The last label makes the whole domain an IPv4 number for URL parsers and resolvers. */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/

/**
 * Reads one mailbox and returns its only comparable form, or the reason why it is not one.
 *
 * The policy (docs/address-policy.md): surrounding blanks are trimmed, the rest is brought to
 * NFC and lower case, the domain to A-labels (UTS 46, non-transitional). Nothing else is repaired.
 * Accepted are dot-atom local parts (RFC 5321 §4.1.2, RFC 6531 for letters beyond ASCII; `%` and
 * `!` are ordinary characters, no route is read out of them) at host names of two labels or more
 * whose last is not a number. Refused are quoted local parts, domain literals, comments, encoded
 * words, everything invisible, and the specials `,;:<>()[]"\` anywhere, so that no mail library
 * can read two recipients out of one address. Limits in octets: local part 64, label 63, domain
 * 253, address 254 (RFC 5321 §4.5.3.1 with erratum 1690).
 */
export function parseAddress(raw: string): ParsedAddress {
  if (raw.length <= PLAIN_LENGTH && PLAIN.test(raw)) return accept(raw.toLowerCase())
  if (LINE_BREAK.test(raw)) return { rejected: 'control_character' }
  const trimmed = raw.trim()
  if (trimmed.length <= PLAIN_LENGTH && PLAIN.test(trimmed)) return accept(trimmed.toLowerCase())
  const rejected = rejectText(trimmed)
  if (rejected) return { rejected }
  return parseParts(trimmed.normalize('NFC').toLowerCase().normalize('NFC'))
}

function accept(address: string): ParsedAddress {
  return { address: address as Address }
}

/** Rules that hold for every character, before anything is folded away. */
function rejectText(text: string): AddressRejection | undefined {
  if (text === '') return 'empty'
  if (text.length > LOOK_AT_MOST) return 'too_long'
  if (text.includes('\ufffd')) return 'broken_encoding'
  if (CONTROL.test(text)) return 'control_character'
  if (INVISIBLE.test(text)) return 'invisible_character'
  if (/\s/.test(text)) return 'whitespace'
  if (ASCII_SINGLETON.test(text)) return 'forbidden_character'
  return rejectSpecials(text)
}

function rejectSpecials(text: string): AddressRejection | undefined {
  if (text.startsWith('"')) return 'quoted_local'
  if (/[()]/.test(text)) return 'comment'
  if (/@\[.*\]$/.test(text)) return 'domain_literal'
  if (/[,;:<>[\]"\\]/.test(text)) return 'forbidden_character'
  return undefined
}

function parseParts(folded: string): ParsedAddress {
  const at = folded.indexOf('@')
  if (at < 0) return { rejected: 'no_at_sign' }
  if (folded.includes('@', at + 1)) return { rejected: 'several_at_signs' }
  const local = folded.slice(0, at)
  const localRejected = rejectLocal(local)
  if (localRejected) return { rejected: localRejected }
  const domain = parseDomain(folded.slice(at + 1))
  if ('rejected' in domain) return domain
  const address = `${local}@${domain.ascii}`
  if (Buffer.byteLength(address) > ADDRESS_OCTETS) return { rejected: 'too_long' }
  return accept(address)
}

function rejectLocal(local: string): AddressRejection | undefined {
  if (local === '') return 'local_empty'
  if (Buffer.byteLength(local) > LOCAL_OCTETS) return 'local_too_long'
  if (ENCODED_WORD.test(local)) return 'encoded_word'
  if (!LOCAL_CHARACTERS.test(local)) return 'local_character'
  const atoms = local.split('.')
  if (atoms.includes('')) return 'local_dots'
  if (ASCII_ONLY.test(local)) return undefined
  if (!atoms.every((atom) => LOCAL_ATOM.test(atom))) return 'local_character'
  return hidesAscii(local) ? 'local_character' : undefined
}

/** Full-width letters, ligatures and the like read as ASCII but name another mailbox. */
function hidesAscii(text: string): boolean {
  return text.replace(NON_ASCII, '') !== text.normalize('NFKC').replace(NON_ASCII, '')
}

function parseDomain(domain: string): { ascii: string } | { rejected: AddressRejection } {
  if (domain === '') return { rejected: 'domain_empty' }
  if (ASCII_ONLY.test(domain)) return checkHost(domain)
  if (!DOMAIN_CHARACTERS.test(domain)) return { rejected: 'domain_character' }
  const ascii = domainToASCII(domain)
  return ascii === '' ? { rejected: 'domain_not_idna' } : checkHost(ascii)
}

function checkHost(ascii: string): { ascii: string } | { rejected: AddressRejection } {
  if (!ASCII_DOMAIN_CHARACTERS.test(ascii)) return { rejected: 'domain_character' }
  if (ascii.length > DOMAIN_OCTETS) return { rejected: 'domain_too_long' }
  const labels = ascii.split('.')
  const sound = labels.every((label) => label.length <= LABEL_OCTETS && LABEL.test(label))
  if (!sound) return { rejected: 'domain_label' }
  if (labels.length < 2) return { rejected: 'domain_single_label' }
  if (NUMERIC_LABEL.test(labels.at(-1) ?? '')) return { rejected: 'domain_numeric' }
  return labels.every(isSoundIdna) ? { ascii } : { rejected: 'domain_not_idna' }
}

/** An encoded label stands for other characters, and they for it. Newer Nodes pass what does not decode. */
function isSoundIdna(label: string): boolean {
  if (!label.startsWith('xn--')) return true
  const meant = domainToUnicode(label)
  return !meant.startsWith('xn--') && domainToASCII(meant) === label
}
