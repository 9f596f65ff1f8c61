import type { Ip } from './ip.js'

/**
 * Ranges of addresses of one version, ascending by their first and by their last address, so that
 * none lies within another. `bounds` holds the first and the last address of each, both included, in
 * `width` words: one for IPv4, four for IPv6.
 */
export type Ranges = { width: number; bounds: Uint32Array }

/** The last of the ranges that holds `ip`, an address of their version, or -1; in O(log n). */
export function rangeOf({ width, bounds }: Ranges, ip: Ip): number {
  const stride = 2 * width
  let low = 0
  let high = bounds.length / stride
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareAt(bounds, middle * stride, ip) <= 0) low = middle + 1
    else high = middle
  }
  // Only the last range that begins no later can hold it: all before that one end earlier.
  return low > 0 && compareAt(bounds, low * stride - width, ip) >= 0 ? low - 1 : -1
}

/** Whether no range ends before it begins, and all are in order. */
export function areAscending({ width, bounds }: Ranges): boolean {
  const step = (at: number, back: number) => {
    let index = at
    while (index < at + width - 1 && bounds[index] === bounds[index - back]) index += 1
    return (bounds[index] ?? 0) - (bounds[index - back] ?? 0)
  }
  const stride = 2 * width
  for (let at = 0; at < bounds.length; at += stride) {
    const isRange = step(at + width, width) >= 0
    const isNext = at === 0 || (step(at, stride) > 0 && step(at + width, stride) > 0)
    if (!isRange || !isNext) return false
  }
  return true
}

function compareAt(words: Uint32Array, offset: number, ip: Ip): number {
  for (let index = 0; index < ip.length; index += 1) {
    const difference = (words[offset + index] ?? 0) - (ip[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
