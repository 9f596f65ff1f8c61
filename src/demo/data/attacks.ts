import type { AccountJson } from './accounts.js'
import { attackerIps, BRUTE_FORCE_AGENT, STUFFING_AGENT, STUFFING_IP } from './origins.js'
import { inventStranger } from './person.js'
import type { Random } from './random.js'
import type { DemoTargets } from './targets.js'
import { bruteForceAt, minutesAfter, stuffingAt } from './timeline.js'
import type { Try } from './visits.js'

const SECOND = 1_000
const MINUTE = 60_000

const SECOND_GUESS_SHARE = 0.5
/** The attacker does not know who closed the account since. */
const STRANGER_SHARE = 0.07

const GUESSES = { atLeast: 14, spread: 12 }
/** From one attacked account to the next. */
const PAUSE_MINUTES = 12
const TAKEOVER = { afterMinutes: 2, spreadMinutes: 15 }

/** Everything the attackers do after the leak, in no order. */
export function attacksOn(
  targets: DemoTargets,
  accounts: ReadonlyMap<string, AccountJson>,
  now: Date,
  random: Random,
): Try[] {
  const stuffed = targets.stuffed.flatMap((id) => accounts.get(id) ?? [])
  const stuffing = stuff(
    stuffed.map(({ address }) => address),
    stuffingAt(now).getTime(),
    random,
  )
  const bruteForce = targets.bruteForced.flatMap((id, no) => {
    const start = minutesAfter(bruteForceAt(now), no * PAUSE_MINUTES).getTime()
    const isTakenOver = targets.takenOver.includes(id)
    const guesses = guess(id, no, start, random)
    return isTakenOver ? [...guesses, takeOver(guesses, random)] : guesses
  })
  return [...stuffing, ...bruteForce]
}

/** One source tries each address once or twice with passwords from elsewhere, and never gets in. */
function stuff(addresses: readonly string[], start: number, random: Random): Try[] {
  const strangers = Array.from(
    { length: Math.round(addresses.length * STRANGER_SHARE) },
    (_, index) => inventStranger(index + 1, random).address,
  )
  const tries: Try[] = []
  let at = start
  for (const address of [...strangers, ...addresses]) {
    const guesses = random.chance(SECOND_GUESS_SHARE) ? 2 : 1
    for (let guessed = 0; guessed < guesses; guessed++) {
      tries.push(failure({ address }, at, STUFFING_IP, STUFFING_AGENT))
      at += (6 + random.below(5)) * SECOND
    }
  }
  return tries
}

/** Two sources take turns on one account, a guess every ten seconds or so. */
function guess(id: string, no: number, start: number, random: Random): Try[] {
  const ips = attackerIps(no)
  const tries: Try[] = []
  let at = start
  const length = GUESSES.atLeast + random.below(GUESSES.spread)
  for (let guessed = 0; guessed < length; guessed++) {
    tries.push(failure({ id }, at, random.pick(ips), BRUTE_FORCE_AGENT))
    at += (5 + random.below(6)) * SECOND
  }
  return tries
}

/** The source of the last guess knows the password now. */
function takeOver(guesses: readonly Try[], random: Random): Try {
  const last = guesses.at(-1)
  if (last === undefined) throw new Error('a takeover follows guesses')
  const { account, ip, userAgent } = last
  const { afterMinutes, spreadMinutes } = TAKEOVER
  const at = last.at + (afterMinutes + random.below(spreadMinutes)) * MINUTE
  return { account, at, ip, outcome: 'success', userAgent }
}

function failure(account: Try['account'], at: number, ip: string, userAgent: string): Try {
  return { account, at, ip, outcome: 'failure', reason: 'wrong_password', userAgent }
}
