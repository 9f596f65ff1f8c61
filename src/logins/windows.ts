/**
 * Of the failures in a window the first so many are counted, so that a flood costs no more than a
 * burst. A window that holds as many is *full*: whoever fills one has been seen, whatever came after.
 */
export const COUNTED_AT_MOST = 1_000
export const isFull = ({ failures }: { failures: number }): boolean => failures >= COUNTED_AT_MOST

/**
 * What detectors look at: the counted attempts of one stretch of event time. Failures from a place
 * that is established as the account's own are not in any count of failures: a forgetful owner is no
 * attacker, and an office is not one because its people mistype (`familiar`, classifying/store.ts).
 */
export type AccountWindow = {
  accountNo: bigint
  firstAt: Date
  lastAt: Date
  failures: number
  /** Distinct addresses, countries, autonomous systems and user agents among the failures. */
  sources: number
  countries: number
  networks: number
  agents: number
}

/** One source: an address, a /24 or /64, or an autonomous system. Exactly one of `ip` and `asn` is set. */
export type SourceWindow = {
  level: 'address' | 'network' | 'system'
  ip: string | null
  asn: bigint | null
  firstAt: Date
  lastAt: Date
  failures: number
  successes: number
  /** Distinct accounts (or unknown usernames) it failed on, and what was tried on them. */
  accounts: number
  mostPerAccount: number
  accountsTriedUpToTwice: number
  accountsTriedTwoToSixTimes: number
}

/** One address on one account. Device tokens and user agents among its attempts. */
export type PairWindow = {
  accountNo: bigint
  ip: string
  firstAt: Date
  lastAt: Date
  tries: number
  devices: number
  triesWithDevice: number
  agents: number
}

/**
 * Failures on accounts from places that are not theirs, over the whole platform; up to five of each
 * /24 or /64 are counted, so that no single place makes the platform look attacked from everywhere.
 */
export type PlatformWindow = {
  firstAt: Date
  lastAt: Date
  failures: number
  sources: number
  accounts: number
  /** What such a window holds in quiet times: the lower quartile of the day before. */
  usual: number
}

/** A login that worked, with what had happened around it. Distances in time are in minutes. */
export type JudgedLogin = {
  accountNo: bigint
  ip: string
  at: Date
  /** The place is established as the account's own. */
  familiar: boolean
  /** The last hostile failure on the account within the time before, if any; whether any of them came from here. */
  attackedAt: Date | null
  attackedFromHere: boolean
  /** Failures of this address within the hour around, as a stranger: up to `COUNTED_AT_MOST`; on how many others. */
  failures: number
  failedOnOthers: number
  /** Share of this address's attempts within that time that failed, 0–1. */
  failureShare: number
}

/** A login that worked and where it came from, for one account in order of time. */
export type Visit = {
  at: Date
  ip: string
  country: string | null
  asn: bigint | null
  device: string | null
  userAgent: string | null
  latitude: number | null
  longitude: number | null
  listed: string | null
}
