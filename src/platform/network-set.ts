import { compareIps, type Ip, type Network } from './ip.js'
import { type Ranges, rangeOf } from './ranges.js'

/** A fixed set of networks that knows in O(log n) whether it holds an address. */
export type NetworkSet = { has(ip: Ip): boolean }

export function networkSet(networks: readonly Network[]): NetworkSet {
  const ipv4 = ranges(networks, 1)
  const ipv6 = ranges(networks, 4)
  return { has: (ip) => rangeOf(ip.length === 1 ? ipv4 : ipv6, ip) >= 0 }
}

function ranges(networks: readonly Network[], width: number): Ranges {
  const merged = merge(networks.filter(({ first }) => first.length === width))
  const bounds = new Uint32Array(merged.length * 2 * width)
  for (const [index, { first, last }] of merged.entries()) {
    bounds.set(first, index * 2 * width)
    bounds.set(last, (index * 2 + 1) * width)
  }
  return { width, bounds }
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
