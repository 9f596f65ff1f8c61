/** What a login is compared by; `null` is unknown. */
export type Features = {
  ip: string | null
  asn: bigint | null
  country: string | null
  userAgent: string | null
  browser: string | null
  os: string | null
  device: string | null
}
/** A login that worked. Only these teach the score what is usual. */
export type LoginRow = Features & { accountNo: bigint }

/** From the most specific feature to the least, each with its weight. */
type Chain = readonly { feature: keyof Features; weight: number }[]

const IP_CHAIN: Chain = [
  { feature: 'ip', weight: 0.6 },
  { feature: 'asn', weight: 0.3 },
  { feature: 'country', weight: 0.1 },
]
const AGENT_CHAIN: Chain = [
  { feature: 'userAgent', weight: 0.5386653840551359 },
  { feature: 'browser', weight: 0.2680451498625666 },
  { feature: 'os', weight: 0.18818295100109536 },
  { feature: 'device', weight: 0.0051065150812021525 },
]

/** Of how many logins the attempt shares one feature: of everyone's, and of the account's own. */
export type Shared = { everyone: number; own: number }

export type ChainCounts = {
  /** In the order of the chain; `null` where the attempt's own value is unknown. */
  levels: readonly (Shared | null)[]
  /** 1 + the distinct values below the top: among everyone's logins, and among those that share the top. */
  unseen: number
  unseenBelowTop: number
}

export type RiskCounts = {
  logins: number
  ownLogins: number
  accounts: number
  ip: ChainCounts
  agent: ChainCounts
}

/**
 * How much likelier it is that the attempt is somebody else's than that it is the account's owner:
 * Freeman et al., "Who Are You?" (NDSS 2016), equation 7, exactly as das-group/rba-algorithm
 * `rba-algorithm.ipynb` computes it. There is no absolute threshold; compare with the scores of
 * other logins. `undefined` for an account that never logged in: its first login is its own class.
 *
 * The formula knows no unknown values. Here they tell nothing: a feature that the attempt does not
 * have is left out on both sides, else everybody who lacks it would look alike.
 */
export function riskScore(counts: RiskCounts): number | undefined {
  const { logins, ownLogins, accounts, ip, agent } = counts
  if (ownLogins === 0) return undefined
  const unusual = [
    factor(ip, IP_CHAIN, { logins, ownLogins }),
    factor(agent, AGENT_CHAIN, { logins, ownLogins }),
  ]
  return unusual.reduce((product, each) => product * each, 1 / accounts / (ownLogins / logins))
}

type Totals = { logins: number; ownLogins: number }

/** The reference takes a quarter of everyone's share for an account that never had any of the values. */
const NEVER_SEEN = 4

/** How much more usual the values of a chain are among everyone's logins than among the account's. */
function factor(counts: ChainCounts, chain: Chain, { logins, ownLogins }: Totals): number {
  const known = chain.flatMap(({ weight }, level) => {
    const shared = counts.levels[level]
    return shared ? [{ weight, shared, isTop: level === 0 }] : []
  })
  if (known.length === 0) return 1
  const everyone = sum(
    known.map(({ weight, shared, isTop }) =>
      isTop
        ? weight * smoothedShare(shared.everyone, counts, logins)
        : (weight * shared.everyone) / logins,
    ),
  )
  const own = sum(known.map(({ weight, shared }) => (weight * shared.own) / ownLogins))
  return own === 0 ? NEVER_SEEN : everyone / own
}

/** The top of a chain is smoothed, so that an address nobody ever used does not make the score 0. */
function smoothedShare(everyone: number, counts: ChainCounts, logins: number): number {
  const seen = Math.max(everyone, 1)
  return (seen / (everyone + counts.unseenBelowTop)) * (seen / (logins + counts.unseen))
}

/** The counts for one attempt against logins held in memory: all of them, or a sample. */
export function countLogins(history: readonly LoginRow[], attempt: LoginRow): RiskCounts {
  return {
    logins: history.length,
    ownLogins: history.filter(({ accountNo }) => accountNo === attempt.accountNo).length,
    accounts: new Set(history.map(({ accountNo }) => accountNo)).size,
    ip: countChain(history, attempt, IP_CHAIN),
    agent: countChain(history, attempt, AGENT_CHAIN),
  }
}

function countChain(history: readonly LoginRow[], attempt: LoginRow, chain: Chain): ChainCounts {
  const sharing = chain.map(({ feature }) =>
    attempt[feature] === null ? null : history.filter((row) => row[feature] === attempt[feature]),
  )
  return {
    levels: sharing.map(
      (rows) =>
        rows && {
          everyone: rows.length,
          own: rows.filter(({ accountNo }) => accountNo === attempt.accountNo).length,
        },
    ),
    unseen: unseenValues(history, chain),
    unseenBelowTop: unseenValues(sharing[0] ?? [], chain),
  }
}

const unseenValues = (rows: readonly LoginRow[], [, ...below]: Chain): number =>
  1 + sum(below.map(({ feature }) => distinct(rows.map((row) => row[feature]))))

const distinct = (values: readonly unknown[]): number =>
  new Set(values.filter((value) => value !== null)).size

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
