import { type Name, PEOPLE, type People } from './names.js'
import { type Random, weighted } from './random.js'

/** Somebody who does not exist. */
export type Person = { people: People; given: Name; family: Name }

/**
 * Mail to these goes nowhere: they are reserved (RFC 2606, RFC 6761). Nobody can register a name
 * under them, so no invented address is a real person's.
 */
const DOMAINS = [
  ...['example.com', 'example.net', 'example.org', 'mail.example', 'post.example'],
  ...['inbox.example', 'webmail.test', 'mx.test'],
]

const BY_PERCENT = weighted(...PEOPLE.map((people) => [people.percent, people] as const))

/** Shares of the directory: one in 200 can be reached under several spellings. */
const ALIAS_SHARE = 1 / 200
/** Of those whose language has an internationalised domain. */
const IDN_SHARE = 0.05
/** Of those at an internationalised domain: a local part beyond ASCII (RFC 6531). */
const EAI_SHARE = 0.25

const UNICODE_DOMAINS = new Map(
  PEOPLE.flatMap(({ idn }) => (idn ? [[idn.ascii, idn.unicode] as const] : [])),
)

export function inventPerson(random: Random): Person {
  const people = random.pick(BY_PERCENT)
  return { people, given: random.pick(people.given), family: random.pick(people.family) }
}

/** The name as its owner writes it. */
export function nameOf({ people, given, family }: Person): string {
  if (people.order === 'familygiven') return family.native + given.native
  const inOrder = people.order === 'given family' ? [given, family] : [family, given]
  return inOrder.map(({ native }) => native).join(' ')
}

/**
 * An address in its comparable form that no other `serial` gets: the serial ends the local part and
 * names hold no digits.
 */
export function inventAddress(person: Person, serial: number, random: Random): string {
  const { idn } = person.people
  if (random.chance(ALIAS_SHARE)) return inventAliasAddress(serial)
  if (!idn || !random.chance(IDN_SHARE))
    return `${latinLocal(person, random)}${serial}@${random.pick(DOMAINS)}`
  const local = random.chance(EAI_SHARE) ? nativeLocal(person) : latinLocal(person, random)
  return `${local}${serial}@${idn.ascii}`
}

/**
 * An address of nobody in the directory: no account's local part has a hyphen in it.
 */
export function inventStranger(serial: number, random: Random): { address: string; name: string } {
  const person = inventPerson(random)
  const local = `${person.given.latin}-${person.family.latin}${serial}`
  return { address: `${local}@${random.pick(DOMAINS)}`, name: nameOf(person) }
}

/**
 * Only a real provider has alias rules (`values/alias.ts`). Gmail's names have 6 to 30 characters,
 * dots not counted; this one has 34, so it cannot be anybody's.
 */
function inventAliasAddress(serial: number): string {
  return `cordon.demo.person.number.${String(serial).padStart(12, '0')}@gmail.com`
}

export function isAliasAddress(address: string): boolean {
  return address.endsWith('@gmail.com')
}

/** Another spelling of an alias address that reaches the same mailbox and is not equal to it. */
export function respellAlias(address: string, random: Random): string {
  const local = address.slice(0, address.indexOf('@'))
  const tag = random.pick(['exchange', 'crypto', 'news'])
  return random.pick([
    `${local.replaceAll('.', '')}@gmail.com`,
    `${local}+${tag}@gmail.com`,
    `${local.replaceAll('.', '')}+${tag}@googlemail.com`,
    `${local}@googlemail.com`,
  ])
}

/** The address with its domain as people write it (U-labels), if that is another way. */
export function unicodeSpelling(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + (UNICODE_DOMAINS.get(address.slice(at)) ?? address.slice(at))
}

const LATIN_LOCALS: readonly ((given: string, family: string) => string)[] = [
  (given, family) => `${given}.${family}`,
  (given, family) => `${given}.${family}`,
  (given, family) => `${given}${family}`,
  (given, family) => `${given.slice(0, 1)}.${family}`,
  (given, family) => `${family}_${given}`,
  (given) => given,
]

function latinLocal({ given, family }: Person, random: Random): string {
  return random.pick(LATIN_LOCALS)(given.latin, family.latin)
}

function nativeLocal({ given, family }: Person): string {
  return `${family.native}.${given.native}`.normalize('NFC').toLowerCase()
}
