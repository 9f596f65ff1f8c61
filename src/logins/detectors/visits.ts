import type { Visit } from '../windows.js'

/**
 * One account's logins in order of time. Several at one instant always come in the same order, so
 * that what is found depends on the logins alone and never on how they arrived.
 */
export const inTimeOrder = (visits: readonly Visit[]): Visit[] =>
  visits.toSorted((one, other) => one.at.getTime() - other.at.getTime() || byContent(one, other))

function byContent(one: Visit, other: Visit): number {
  const [a, b] = [content(one), content(other)]
  return a === b ? 0 : a < b ? -1 : 1
}

const content = ({ at, asn, ...rest }: Visit): string =>
  JSON.stringify([
    rest.ip,
    rest.country,
    String(asn),
    rest.device,
    rest.userAgent,
    rest.latitude,
    rest.longitude,
    rest.listed,
  ])
