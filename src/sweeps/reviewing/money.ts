/** What some accounts hold in one currency; of one tier, or of all (`tier` null). */
export type Held = {
  tier: string | null
  currency: string | null
  accounts: number
  total: string
}
export type Money = { currency: string | null; accounts: number; total: string | null }

/** Below this many accounts a sum would tell what single accounts hold. */
const CROWD = 5

/**
 * The sums that may be shown. What all tiers hold is withheld too where the sums of the tiers, taken
 * from it, would leave what a few accounts hold.
 */
export function moneyOf(held: readonly Held[], tier: string | null): Money[] {
  return held
    .filter((each) => each.tier === tier)
    .map(({ currency, accounts, total }) => {
      const isTelling = accounts < CROWD || (tier === null && leavesFew(held, currency))
      return { currency, accounts, total: isTelling ? null : total }
    })
    .sort((one, other) => other.accounts - one.accounts)
}

function leavesFew(held: readonly Held[], currency: string | null): boolean {
  const hidden = held.filter(
    (each) => each.tier !== null && each.currency === currency && each.accounts < CROWD,
  )
  const accounts = hidden.reduce((sum, each) => sum + each.accounts, 0)
  return accounts > 0 && accounts < CROWD
}
