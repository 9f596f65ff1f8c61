import type { AccountJson } from './accounts.js'
import { chooseExposed, type Exposure } from './exposure.js'
import { MALFORMED } from './malformed.js'
import { exposingMessage } from './message.js'
import { type Random, randomFrom } from './random.js'
import { spellMailbox } from './spelling.js'
import { exposingSpreadsheet, type Spreadsheet } from './spreadsheet.js'
import { lastMessageAt, minutesAfter } from './timeline.js'

export type LeakFile = { name: string; content: string }

export type DemoLeak = {
  /** The mails as they were sent, oldest first. */
  messages: LeakFile[]
  csv: LeakFile
  /** Accounts whose own address was exposed. */
  exposedIds: string[]
  /** Accounts of which only an alias-equivalent address was exposed. */
  equivalentIds: string[]
  expected: LeakCounts
}

/**
 * What reading all files of the leak must find. `entries` = `rejected` + `duplicates` + `exposed`,
 * and `exposed` = `equal` + `equivalent` + `unknown`.
 */
export type LeakCounts = {
  entries: number
  rejected: number
  /** Accepted entries that repeat an address of any of the files. */
  duplicates: number
  /** Different addresses. */
  exposed: number
  equal: number
  equivalent: number
  unknown: number
}

const PER_MESSAGE = 1_000
const REPEATED_SHARE = 0.01
const MALFORMED_SHARE = 0.004

/** Of the spreadsheet's addresses, at most 60 are in no message and at most 200 in one. */
const SHEET = { onlyShare: 0.02, onlyMost: 60, alsoShare: 0.065, alsoMost: 200 }

/**
 * About 60 % of the accounts, exposed as BitMEX exposed its own in 2019: mails with 1,000 addresses
 * each in `To:`, a minute apart, the last one six hours before `now`, and a spreadsheet that partly
 * repeats them. The same arguments give the same bytes.
 */
export function demoLeak({
  accounts,
  seed,
  now,
}: {
  accounts: Iterable<AccountJson>
  seed: number
  now: Date
}): DemoLeak {
  const random = randomFrom(seed, 'leak')
  const exposures = chooseExposed(accounts, random)
  const { onlyShare, onlyMost, alsoShare, alsoMost } = SHEET
  const only = Math.min(onlyMost, Math.floor(exposures.length * onlyShare))
  const also = Math.min(alsoMost, Math.floor(exposures.length * alsoShare))
  const mailed = addressList(exposures.slice(only), random)
  const sheet = exposingSpreadsheet(exposures.slice(0, only + also), random)
  return {
    messages: sendInBatches(mailed.recipients, now),
    csv: { name: 'addresses.csv', content: sheet.content },
    exposedIds: accountsOf(exposures, 'equal'),
    equivalentIds: accountsOf(exposures, 'equivalent'),
    expected: expectedCounts(exposures, mailed, sheet),
  }
}

type AddressList = { recipients: string[]; rejected: number }

/** The exposed mailboxes in order, now and then followed by an earlier one or by a malformed one. */
function addressList(exposures: readonly Exposure[], random: Random): AddressList {
  const recipients: string[] = []
  let rejected = 0
  exposures.forEach(({ address, name }, index) => {
    recipients.push(spellMailbox(address, name, random))
    if (random.chance(REPEATED_SHARE)) {
      const earlier = exposures[random.below(index + 1)]
      if (earlier) recipients.push(spellMailbox(earlier.address, earlier.name, random))
    }
    if (random.chance(MALFORMED_SHARE)) {
      recipients.push(MALFORMED[rejected % MALFORMED.length] ?? '')
      rejected += 1
    }
  })
  return { recipients, rejected }
}

function sendInBatches(recipients: readonly string[], now: Date): LeakFile[] {
  const count = Math.ceil(recipients.length / PER_MESSAGE)
  return Array.from({ length: count }, (_, index) => {
    const batch = recipients.slice(index * PER_MESSAGE, (index + 1) * PER_MESSAGE)
    return exposingMessage(index + 1, batch, minutesAfter(lastMessageAt(now), index + 1 - count))
  })
}

function accountsOf(exposures: readonly Exposure[], kind: 'equal' | 'equivalent'): string[] {
  return exposures.flatMap(({ match }) => (match.kind === kind ? [match.accountId] : []))
}

function expectedCounts(
  exposures: readonly Exposure[],
  mailed: AddressList,
  sheet: Spreadsheet,
): LeakCounts {
  const entries = mailed.recipients.length + sheet.entries
  const rejected = mailed.rejected + sheet.rejected
  const kinds = exposures.map(({ match }) => match.kind)
  return {
    entries,
    rejected,
    duplicates: entries - rejected - exposures.length,
    exposed: exposures.length,
    equal: kinds.filter((kind) => kind === 'equal').length,
    equivalent: kinds.filter((kind) => kind === 'equivalent').length,
    unknown: kinds.filter((kind) => kind === 'unknown').length,
  }
}
