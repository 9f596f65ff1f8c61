import type { AccountJson } from './accounts.js'
import { attacksOn } from './attacks.js'
import { randomFrom } from './random.js'
import { demoTargets } from './targets.js'
import { chooseVisitors, type Try, visitsOfDay } from './visits.js'

/** A login attempt in the form `readAttempt` takes. */
export type AttemptJson = Omit<Try, 'at'> & { id: string; at: string }

const DAYS = 14
const DAY = 86_400_000

/**
 * Two weeks of logins that end at `now`, in the order of time: people who mistype at times, an
 * office behind one address, and after the leak one source that stuffs credentials and others that
 * guess at single accounts. Whom they attack tells `demoTargets`; those accounts' owners do not log
 * in on that last day, so nothing an attacker does can be mistaken for theirs.
 */
export function* demoAttempts({
  accounts,
  exposed,
  seed,
  now,
}: {
  accounts: readonly AccountJson[]
  /** Ids of exposed accounts, `demoLeak(…).exposedIds`. */
  exposed: Iterable<string>
  seed: number
  now: Date
}): Generator<AttemptJson> {
  const targets = demoTargets({ accounts, exposed, seed })
  const attacked = new Set([...targets.stuffed, ...targets.bruteForced])
  const random = randomFrom(seed, 'attempts')
  const visitors = chooseVisitors(accounts, random)
  let serial = 0
  let later: Try[] = []
  for (let day = DAYS; day >= 1; day--) {
    const start = now.getTime() - day * DAY
    const isLast = day === 1
    const tries = [...later, ...visitsOfDay(visitors, start, isLast ? attacked : NOBODY, random)]
    if (isLast) tries.push(...attacksOn(targets, byId(accounts, attacked), now, random))
    later = tries.filter(({ at }) => at >= start + DAY)
    const due = tries.filter(({ at }) => at < start + DAY).sort((a, b) => a.at - b.at)
    for (const { account, at, ...rest } of due) {
      serial += 1
      const id = `att_${String(serial).padStart(8, '0')}`
      yield { id, account, at: new Date(at).toISOString(), ...rest }
    }
  }
}

const NOBODY: ReadonlySet<string> = new Set()

function byId(
  accounts: readonly AccountJson[],
  ids: ReadonlySet<string>,
): Map<string, AccountJson> {
  const wanted = new Map<string, AccountJson>()
  for (const account of accounts) if (ids.has(account.id)) wanted.set(account.id, account)
  return wanted
}
