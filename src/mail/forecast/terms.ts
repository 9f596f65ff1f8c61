import { laneOf } from '../lanes/lane-of.js'
import { limitsOf, type Shaping } from '../lanes/shaping.js'
import type { WavesPolicy } from '../waves/policy.js'
import { deferralShareOf } from './deferrals.js'

/** What a lane allows: messages a second, connections, and the share of it for mail of sweeps. */
export type LaneLimits = { rate: number; connections: number; bulkShare: number }

/** How this installation would let the mail of a plan go. */
export type MailTerms = {
  waves: WavesPolicy
  /** Mailboxes of our own that get a copy at the end of each wave. */
  seeds: readonly string[]
  /** What the mail server takes over all lanes, in messages a second. */
  relayRate: number
  /** The lane of a domain that was not looked up. */
  laneOf(domain: string): string
  limitsOf(lane: string): LaneLimits
  /** The share of its mails that a lane puts off at first. */
  deferralShareOf(lane: string): number
  /** Looks up the lanes of domains and keeps them; `null` where nobody is asked. Outside transactions. */
  sortDomains: ((domains: readonly string[]) => Promise<unknown>) | null
}

/** Of a host about which nothing is known: `reference/mail.md` §3, the defaults of KumoMTA. */
export const UNKNOWN_LIMITS: LaneLimits = { rate: 100, connections: 10, bulkShare: 0.9 }

/** What Cordon sends in a second with every gate and stamp on (docs/benchmarks.md), rounded down. */
export const RELAY_RATE = 500

/** Every domain a lane of its own with the limits of an unknown host. */
export const plainTerms = (waves: WavesPolicy, seeds: readonly string[] = []): MailTerms => ({
  waves,
  seeds,
  relayRate: RELAY_RATE,
  laneOf: (domain) => `domain:${domain}`,
  limitsOf: () => UNKNOWN_LIMITS,
  deferralShareOf,
  sortDomains: null,
})

/** As the table of providers has it. */
export const termsOf = (
  shaping: Shaping,
  given: Pick<MailTerms, 'waves' | 'seeds' | 'sortDomains'> & Partial<MailTerms>,
): MailTerms => ({
  deferralShareOf,
  ...given,
  relayRate: Math.min(RELAY_RATE, shaping.all.rate),
  laneOf: (domain) => laneOf(domain, undefined, shaping.providers),
  limitsOf: (lane) => {
    const { rate, connections } = limitsOf(lane, shaping)
    return { rate, connections, bulkShare: 1 - shaping.everydayShare }
  },
})
