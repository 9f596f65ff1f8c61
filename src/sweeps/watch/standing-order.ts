import type { Evidence } from '../../scoring/evidence.js'
import type { Effect, Policy, Priority } from '../../scoring/policy.js'
import { decide, type Verdict } from '../decide.js'

/** What is in force for an exposed account at the moment something new is heard of it. */
export type InForce = {
  /** Value is held with no end in sight. */
  held: boolean
  /** The priority of a case that waits for people, if one does. */
  openCase: Priority | null
  /** The last decision people took about it after the sweep, if any. */
  decided: { decision: string; minutesAgo: number } | null
  /** A hostile login succeeded after that decision. */
  enteredSinceDecision: boolean
}

/** People have just looked: what the same hour brings is what they saw. */
export const REOPEN_AFTER_MINUTES = 60

/**
 * What the approved policy does about an account now, less what is in force already; `undefined`
 * when that is nothing. Whom people released is not held or reset again because of failures: the
 * new evidence goes to them. After a hostile login that worked nobody waits for people.
 */
export function standingOrder(
  evidence: Evidence,
  inForce: InForce,
  policy: Policy,
): Verdict | undefined {
  const verdict = decide(evidence, policy)
  const effects = verdict.effects.filter((effect) => isMissing(effect, verdict, inForce))
  const { decided, enteredSinceDecision } = inForce
  if (decided === null || enteredSinceDecision) return withEffects(verdict, effects)
  const isRecent = decided.minutesAgo < REOPEN_AFTER_MINUTES
  const isAttack = evidence.hostileAttempts > 0
  return withEffects(verdict, isAttack && !isRecent && inForce.openCase === null ? ['review'] : [])
}

function withEffects(verdict: Verdict, effects: Effect[]): Verdict | undefined {
  if (effects.length === 0) return undefined
  const outcome = effects.includes('reset')
    ? 'reset_ordered'
    : effects.includes('hold')
      ? 'held'
      : 'review_opened'
  return { ...verdict, priority: verdict.priority ?? 'normal', effects, outcome }
}

const URGENCY: Record<Priority, number> = { critical: 0, high: 1, normal: 2 }

function isMissing(effect: Effect, { priority }: Verdict, { held, openCase }: InForce): boolean {
  switch (effect) {
    case 'hold':
      return !held
    case 'reset':
      return true // `decide` leaves it out where one was ordered since
    case 'review':
      return openCase === null || URGENCY[priority ?? 'normal'] < URGENCY[openCase]
    case 'notify':
      return false // the sweep has told them
  }
}

export type Limits = { perHour: number; perSourcePerHour: number }
export type Used = { thisHour: number; bySource: ReadonlyMap<string, number> }
type Candidate = {
  accountNo: bigint
  ip: string | null
  entered: boolean
  effects: readonly Effect[]
}

/**
 * Which accounts the watch may act on by itself and which wait for people: at most so many an hour,
 * and so many because of one source that has only failed. Logins that worked come first.
 */
export function withinLimits<C extends Candidate>(
  candidates: readonly C[],
  used: Used,
  limits: Limits,
): { act: C[]; wait: C[] } {
  const act: C[] = []
  const wait: C[] = []
  const bySource = new Map(used.bySource)
  let left = limits.perHour - used.thisHour
  for (const candidate of candidates.toSorted((a, b) => Number(b.entered) - Number(a.entered))) {
    if (!isForceful(candidate.effects)) {
      act.push(candidate)
      continue
    }
    const source = candidate.ip ?? ''
    const ofSource = bySource.get(source) ?? 0
    const isSourceSpent = !candidate.entered && ofSource >= limits.perSourcePerHour
    if (left <= 0 || isSourceSpent) {
      wait.push(candidate)
      continue
    }
    left -= 1
    if (!candidate.entered) bySource.set(source, ofSource + 1)
    act.push(candidate)
  }
  return { act, wait }
}

export const isForceful = (effects: readonly Effect[]): boolean =>
  effects.includes('hold') || effects.includes('reset')
