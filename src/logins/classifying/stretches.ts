import type { Span } from './touched.js'

/** What became of a signal: the attempts between `from` and `until` may be judged otherwise now. */
export type Changed = Span & { accountNo: bigint | null; ip: string | null; asn: bigint | null }

/**
 * The same stretches of time of each account and source, none of which overlap: a burst has a signal
 * for every window that holds a part of it, and each attempt is to be looked at once.
 */
export function stretches(changed: readonly Changed[]): Changed[] {
  const joined: Changed[] = []
  let last: Changed | undefined
  for (const each of changed.toSorted(byKeyAndTime)) {
    if (last && keyOf(last) === keyOf(each) && each.from <= last.until) {
      if (each.until > last.until) last.until = each.until
      continue
    }
    last = { ...each }
    joined.push(last)
  }
  return joined
}

const keyOf = ({ accountNo, ip, asn }: Changed) => `${accountNo} ${ip} ${asn}`

function byKeyAndTime(one: Changed, other: Changed): number {
  const [a, b] = [keyOf(one), keyOf(other)]
  return a === b ? one.from.getTime() - other.from.getTime() : a < b ? -1 : 1
}
