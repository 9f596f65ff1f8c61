import type { AccountJson } from './accounts.js'
import { inventStranger, isAliasAddress, respellAlias } from './person.js'
import { type Random, shuffle } from './random.js'

/** One exposed address, different from all others, and the account it leads to, if any. */
export type Exposure = {
  /** In its comparable form, as exposed: of an `equivalent` match not the account's own. */
  address: string
  name: string
  match:
    | { kind: 'equal'; accountId: string }
    | { kind: 'equivalent'; accountId: string }
    | { kind: 'unknown' }
}

const EXPOSED_SHARE = 0.6
/** Of all exposed addresses: of people who closed their account long ago, or never had one. */
const UNKNOWN_SHARE = 0.07

/**
 * Who was exposed, in random order. Each address leads to at most one account and no account to
 * two addresses, so that the counts of a sweep add up without exceptions.
 */
export function chooseExposed(accounts: Iterable<AccountJson>, random: Random): Exposure[] {
  const known: Exposure[] = []
  for (const account of accounts) {
    if (random.chance(EXPOSED_SHARE)) known.push(exposeAccount(account, random))
  }
  const strangers = Math.round((known.length * UNKNOWN_SHARE) / (1 - UNKNOWN_SHARE))
  const unknown = Array.from({ length: strangers }, (_, index): Exposure => {
    return { ...inventStranger(index + 1, random), match: { kind: 'unknown' } }
  })
  return shuffle([...known, ...unknown], random)
}

function exposeAccount({ id, address, name }: AccountJson, random: Random): Exposure {
  if (!isAliasAddress(address)) return { address, name, match: { kind: 'equal', accountId: id } }
  const other = respellAlias(address, random)
  return { address: other, name, match: { kind: 'equivalent', accountId: id } }
}
