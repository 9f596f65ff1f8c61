import type { Tx } from '../platform/db.js'
import { activeCatalogue } from './classifying/store.js'
import { impossibleTravel } from './detectors/impossible-travel.js'
import { listedNetwork } from './detectors/listed-network.js'
import { newPlaces } from './detectors/new-place.js'
import { countLogins, riskScore } from './detectors/risk.js'
import * as store from './store.js'
import { agentReader } from './user-agent.js'

export type SeenSignal = { kind: string; at: Date; says: string }

/**
 * What is hostile about one account, and what is merely unusual about its logins, in order of time.
 * The unusual is worked out from the logins when somebody looks: it counts for nothing by itself.
 */
export async function signalsOf(tx: Tx, accountNo: bigint): Promise<SeenSignal[]> {
  const stored = await store.signalsOf(tx, accountNo)
  const catalogue = await activeCatalogue(tx)
  const visits = await store.visitsOf(tx, accountNo)
  const unusual = [
    ...impossibleTravel(visits, catalogue),
    ...newPlaces(visits, catalogue),
    ...listedNetwork(visits),
  ].map(({ kind, at, says }) => ({ kind, at, says }))
  return [...stored, ...unusual].toSorted((a, b) => a.at.getTime() - b.at.getTime())
}

export type SeenLogin = store.StoredAttempt & {
  /** How much likelier it is somebody else's than the owner's (Freeman 2016); `null`: nothing to compare. */
  risk: number | null
}

/**
 * The newest attempts on an account, with where they came from. Those that worked carry the risk
 * score, against the account's own logins and a sample of everybody's.
 */
export async function loginsOf(tx: Tx, accountNo: bigint, limit: number): Promise<SeenLogin[]> {
  const attempts = await store.attemptsOn(tx, accountNo, limit)
  // Only what worked has a risk: a case of failures alone needs no sample of everybody.
  if (!attempts.some(({ succeeded }) => succeeded))
    return attempts.map((attempt) => ({ ...attempt, risk: null }))
  const agentOf = agentReader()
  const withAgent = <T extends { userAgent: string | null }>(login: T) => ({
    ...login,
    ...agentOf(login.userAgent),
  })
  const own = (await store.loginRowsOf(tx, accountNo)).map(withAgent)
  const others = (await store.sampleOfLogins(tx, accountNo)).map(withAgent)
  return attempts.map((attempt) => {
    if (!attempt.succeeded) return { ...attempt, risk: null }
    const earlier = own.filter(({ at }) => at < attempt.at)
    const row = { ...withAgent(attempt), accountNo }
    return { ...attempt, risk: riskScore(countLogins([...earlier, ...others], row)) ?? null }
  })
}

/**
 * Other accounts that were attacked in the last 90 days from the sources that attacked this one,
 * those with the most sources in common first, at most 200.
 */
export const attackedAlike = (tx: Tx, accountNo: bigint): Promise<store.AttackedAlike[]> =>
  store.attackedAlike(tx, accountNo)
