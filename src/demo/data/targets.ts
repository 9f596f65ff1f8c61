import type { AccountJson } from './accounts.js'
import { randomFrom, shuffle } from './random.js'

/** Ids of the accounts that are attacked. `stuffed` and `bruteForced` share none. */
export type DemoTargets = {
  stuffed: string[]
  bruteForced: string[]
  /** Of the brute-forced: those the attacker got into. */
  takenOver: string[]
}

const STUFFED = 120
const BRUTE_FORCED = 15
const TAKEN_OVER = 3

/**
 * Whom the attackers of `demoAttempts` with the same arguments attack: active accounts of
 * `exposed`, in its full size from about 500 exposed accounts on. They get into accounts without a
 * second factor only.
 */
export function demoTargets({
  accounts,
  exposed,
  seed,
}: {
  accounts: readonly AccountJson[]
  exposed: Iterable<string>
  seed: number
}): DemoTargets {
  const exposedIds = new Set(exposed)
  const open: AccountJson[] = []
  for (const account of accounts) {
    if (account.status === 'active' && exposedIds.has(account.id)) open.push(account)
  }
  const shuffled = shuffle(open, randomFrom(seed, 'targets'))
  const weak = shuffled.filter(({ secondFactors }) => !secondFactors?.length)
  const takenOver = new Set(weak.slice(0, Math.min(TAKEN_OVER, Math.floor(open.length / 50))))
  const others = shuffled.filter((account) => !takenOver.has(account))
  const bruteForced = [...takenOver, ...others].slice(
    0,
    Math.min(BRUTE_FORCED, Math.floor(open.length / 10)),
  )
  const stuffed = others
    .slice(bruteForced.length)
    .slice(0, Math.min(STUFFED, Math.floor(open.length / 2)))
  return { stuffed: ids(stuffed), bruteForced: ids(bruteForced), takenOver: ids([...takenOver]) }
}

const ids = (accounts: readonly AccountJson[]) => accounts.map(({ id }) => id)
