import type { AccountJson } from './accounts.js'
import { HOME_AGENTS, homeIp, OFFICE_IP } from './origins.js'
import type { Random } from './random.js'

/** An attempt before it has its id. */
export type Try = {
  account: { id: string } | { address: string }
  at: number
  ip: string
  outcome: 'success' | 'failure'
  reason?: string
  userAgent: string
  device?: string
}

/** Somebody who uses the exchange: always from the same place, with the same device. */
export type Visitor = {
  account: AccountJson
  ip: string
  userAgent: string
  device: string
  /** Chance of a login on any one day. */
  daily: number
  isEmployee: boolean
  /** How the client names the account: by what was typed, or by the id it remembers. */
  named: Try['account']
}

const SECOND = 1_000
const MINUTE = 60_000
const DAY = 86_400_000

const ACTIVE_SHARE = 0.4
const HABITS = [0.07, 0.2, 0.3, 0.5, 0.9]
const TYPO_SHARE = 0.12
const TYPED_SHARE = 0.3

const OFFICE_SHARE = 0.05
const OFFICE_MOST = 90
/** The office begins at 8:00 UTC; everybody is there within twelve minutes. */
const OFFICE_HOUR = 8
const OFFICE_MINUTES = 12
/** On Mondays half of them try last week's password first: many failures, and all of them innocent. */
const MONDAY_TYPO_SHARE = 0.5

/** The part of the accounts that logs in at all, in the order of `accounts`. */
export function chooseVisitors(accounts: readonly AccountJson[], random: Random): Visitor[] {
  const visitors: Visitor[] = []
  let employees = 0
  for (const account of accounts) {
    if (account.status !== 'active' || !random.chance(ACTIVE_SHARE)) continue
    const isEmployee = employees < OFFICE_MOST && random.chance(OFFICE_SHARE)
    if (isEmployee) employees += 1
    visitors.push({
      account,
      ip: homeIp(visitors.length),
      userAgent: random.pick(HOME_AGENTS),
      device: inventDevice(random),
      daily: random.pick(HABITS),
      isEmployee,
      named: random.chance(TYPED_SHARE) ? { address: account.address } : { id: account.id },
    })
  }
  return visitors
}

const inventDevice = (random: Random) =>
  `device-${random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, '0')}`

/**
 * All tries of the day that begins at `start`, in no order; the last may be minutes after its end.
 * `absent`: ids that do not log in.
 */
export function visitsOfDay(
  visitors: readonly Visitor[],
  start: number,
  absent: ReadonlySet<string>,
  random: Random,
): Try[] {
  const opening = officeOpening(start)
  const isMonday = opening !== undefined && new Date(opening).getUTCDay() === 1
  return visitors.flatMap((visitor) => {
    const fromHome = start + random.below(DAY)
    const fromOffice = (opening ?? 0) + random.below(OFFICE_MINUTES * MINUTE)
    const typos = drawTypos(visitor, isMonday, random)
    if (absent.has(visitor.account.id)) return []
    if (!visitor.isEmployee)
      return random.chance(visitor.daily) ? logIn(visitor, fromHome, typos) : []
    return opening === undefined ? [] : logIn({ ...visitor, ip: OFFICE_IP }, fromOffice, typos)
  })
}

function drawTypos({ isEmployee }: Visitor, isMonday: boolean, random: Random): number {
  const isLikely = random.chance(isEmployee && isMonday ? MONDAY_TYPO_SHARE : TYPO_SHARE)
  return isLikely ? 1 + random.below(isEmployee ? 1 : 2) : 0
}

/** When the office opens within the day that begins at `start`, if it does. */
function officeOpening(start: number): number | undefined {
  const sameDay = start - (start % DAY) + OFFICE_HOUR * 60 * MINUTE
  const opening = sameDay < start ? sameDay + DAY : sameDay
  return [0, 6].includes(new Date(opening).getUTCDay()) ? undefined : opening
}

/** A login that works, after as many wrong passwords, a quarter of a minute apart. */
function logIn(visitor: Visitor, at: number, typos: number): Try[] {
  const { named: account, ip, userAgent, device } = visitor
  const tries: Try[] = []
  for (let typo = 0; typo < typos; typo++) {
    const typedAt = at + typo * 15 * SECOND
    const reason = 'wrong_password'
    tries.push({ account, at: typedAt, ip, outcome: 'failure', reason, userAgent, device })
  }
  const workedAt = at + typos * 15 * SECOND
  tries.push({ account, at: workedAt, ip, outcome: 'success', userAgent, device })
  return tries
}
