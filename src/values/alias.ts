import type { Address } from './address.js'

type AliasRule = {
  domains: readonly string[]
  /** Everything from the first of these characters on is a tag the provider ignores. */
  tag: '+'
  /** Characters the provider ignores anywhere in the local part. */
  ignored?: RegExp
  /** The domain all of `domains` deliver to, where the provider documents that they are one. */
  sameAs?: string
}

/**
 * Only what the provider itself documents. Absent on purpose: Yahoo (its `-` names have another
 * base name than the account), Apple's and Proton's domains as one, hosted domains of any provider.
 */
const RULES: readonly AliasRule[] = [
  // https://support.google.com/mail/answer/7436150 (dots), /answer/10313 (googlemail), /answer/22370 (+)
  { domains: ['gmail.com', 'googlemail.com'], tag: '+', ignored: /\./g, sameAs: 'gmail.com' },
  // https://learn.microsoft.com/exchange/recipients-in-exchange-online/plus-addressing-in-exchange-online
  { domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com'], tag: '+' },
  // https://support.apple.com/guide/icloud/mm6b1a490a (addresses and aliases)
  { domains: ['icloud.com', 'me.com', 'mac.com'], tag: '+' },
  // https://www.fastmail.help/hc/en-us/articles/360060591053 (plus and subdomain addressing)
  { domains: ['fastmail.com', 'fastmail.fm'], tag: '+' },
  // https://proton.me/support/creating-aliases (+), /support/addresses-and-aliases (. - _ are ignored)
  { domains: ['proton.me', 'protonmail.com', 'pm.me'], tag: '+', ignored: /[._-]/g },
]

const RULE_BY_DOMAIN = new Map(
  RULES.flatMap((rule) => rule.domains.map((domain) => [domain, rule] as const)),
)

/**
 * The key under which addresses that reach the same mailbox meet: equal addresses have equal keys;
 * two different addresses with one key are *equivalent*, never equal, and go to people.
 * For providers without a documented rule the key is the address itself.
 */
export function matchKey(address: Address): string {
  const at = address.lastIndexOf('@')
  const rule = RULE_BY_DOMAIN.get(address.slice(at + 1))
  if (rule === undefined) return address
  const tag = address.indexOf(rule.tag)
  const tagged = tag >= 0 && tag < at
  const base = address.slice(0, tagged ? tag : at)
  const local = rule.ignored ? base.replace(rule.ignored, '') : base
  if (local === '') return address
  return `${local}@${rule.sameAs ?? address.slice(at + 1)}`
}
