import { isIP } from 'node:net'

/** An address as 32-bit words, the highest first: one for IPv4, four for IPv6. */
export type Ip = readonly number[]

/** All addresses from `first` to `last`, both included and of one version. */
export type Network = { first: Ip; last: Ip }

const MAPPED_PREFIX = 0xffff

/**
 * Reads an IPv4 or IPv6 address. `::ffff:192.0.2.1`, however it is written, is the IPv4 address
 * 192.0.2.1 (RFC 4291 §2.5.5.2). `undefined` for anything else, also for an address with a zone.
 */
export function parseIp(text: string): Ip | undefined {
  const words = readWords(text)
  return words && isMapped(words) ? words.slice(3) : words
}

/**
 * Reads an address or a network in CIDR form; bits behind the prefix are ignored. A network inside
 * `::ffff:0:0/96` is the IPv4 network it stands for. `undefined` for anything else.
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  if (slash === -1) {
    const ip = parseIp(text)
    return ip && { first: ip, last: ip }
  }
  const words = readWords(text.slice(0, slash))
  const bits = text.slice(slash + 1)
  if (!words || !/^\d{1,3}$/.test(bits) || Number(bits) > words.length * 32) return undefined
  const network = spread(words, Number(bits))
  if (Number(bits) < 96 || !isMapped(words)) return network
  return { first: network.first.slice(3), last: network.last.slice(3) }
}

/** Below zero when `left` comes first, above when `right` does. Both of one version. */
export function compareIps(left: Ip, right: Ip): number {
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** `192.0.2.1` for one word. */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

function readWords(text: string): Ip | undefined {
  const version = isIP(text)
  if (version === 4) return [ipv4Word(text)]
  return version === 6 && !text.includes('%') ? ipv6Words(text) : undefined
}

const isMapped = (words: Ip) =>
  words.length === 4 && words[2] === MAPPED_PREFIX && words[0] === 0 && words[1] === 0

function ipv4Word(text: string): number {
  let word = 0
  let octet = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === DOT) {
      word = word * 256 + octet
      octet = 0
    } else octet = octet * 10 + code - ZERO
  }
  return word * 256 + octet
}

const DOT = 46
const ZERO = 48

function ipv6Words(text: string): Ip {
  const [head = '', tail = ''] = text.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail)
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  const groups = [...before, ...zeros, ...after]
  return [0, 2, 4, 6].map((at) => (groups[at] ?? 0) * 65_536 + (groups[at + 1] ?? 0))
}

/** The 16-bit groups of one side of `::`; an IPv4 tail is two of them. */
function groupsOf(side: string): number[] {
  if (side === '') return []
  const groups: number[] = []
  for (const part of side.split(':')) {
    if (part.includes('.')) {
      const word = ipv4Word(part)
      groups.push(word >>> 16, word & 65_535)
    } else groups.push(Number.parseInt(part, 16))
  }
  return groups
}

function spread(words: Ip, bits: number): Network {
  const masks = words.map((_, index) => hostMask(bits - index * 32))
  return {
    first: words.map((word, index) => (word & ~(masks[index] ?? 0)) >>> 0),
    last: words.map((word, index) => (word | (masks[index] ?? 0)) >>> 0),
  }
}

/** The bits of a word that its network leaves free, when `bits` of it belong to the prefix. */
function hostMask(bits: number): number {
  if (bits <= 0) return 0xffff_ffff
  return bits >= 32 ? 0 : 0xffff_ffff >>> bits
}
