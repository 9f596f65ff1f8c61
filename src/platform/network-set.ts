import { compareIps, type Ip, type Network } from './ip.js'

/** A fixed set of networks that knows in O(log n) whether it holds an address. */
export type NetworkSet = { has(ip: Ip): boolean }

/** Sorted, disjoint ranges of one version: `width` words each, first and last address of each. */
type Ranges = { width: number; count: number; firsts: Uint32Array; lasts: Uint32Array }

export function networkSet(networks: readonly Network[]): NetworkSet {
  const ipv4 = ranges(networks, 1)
  const ipv6 = ranges(networks, 4)
  return { has: (ip) => holds(ip.length === 1 ? ipv4 : ipv6, ip) }
}

function ranges(networks: readonly Network[], width: number): Ranges {
  const merged = merge(networks.filter(({ first }) => first.length === width))
  const firsts = new Uint32Array(merged.length * width)
  const lasts = new Uint32Array(merged.length * width)
  for (const [index, { first, last }] of merged.entries()) {
    firsts.set(first, index * width)
    lasts.set(last, index * width)
  }
  return { width, count: merged.length, firsts, lasts }
}

function merge(networks: Network[]): Network[] {
  const merged: Network[] = []
  for (const network of networks.sort((left, right) => compareIps(left.first, right.first))) {
    const before = merged.at(-1)
    if (!before || compareIps(network.first, before.last) > 0) merged.push({ ...network })
    else if (compareIps(network.last, before.last) > 0) before.last = network.last
  }
  return merged
}

/** The only range that can hold `ip` is the last one that begins no later. */
function holds({ width, count, firsts, lasts }: Ranges, ip: Ip): boolean {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareAt(firsts, middle * width, ip) <= 0) low = middle + 1
    else high = middle
  }
  return low > 0 && compareAt(lasts, (low - 1) * width, ip) >= 0
}

function compareAt(words: Uint32Array, offset: number, ip: Ip): number {
  for (let index = 0; index < ip.length; index += 1) {
    const difference = (words[offset + index] ?? 0) - (ip[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
