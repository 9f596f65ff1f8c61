import { PRIORITY } from './priority.js'

export const SLA_STATES = ['ok', 'due_soon', 'breached'] as const
export type SlaState = (typeof SLA_STATES)[number]

/** A case is due soon in the last quarter of the time that its priority has. */
const LAST_PART = 0.25

/** How a case stands with its deadline; a decided one for good, by when it was decided. */
export function slaState(
  { rank, dueAt, decidedAt }: { rank: number; dueAt: Date; decidedAt: Date | null },
  now: Date,
): SlaState {
  const left = dueAt.getTime() - (decidedAt ?? now).getTime()
  if (left <= 0) return 'breached'
  if (decidedAt !== null) return 'ok'
  return left <= dueMinutesOf(rank) * 60_000 * LAST_PART ? 'due_soon' : 'ok'
}

/**
 * How long after its deadline Cordon itself escalates a case that nobody decided: as long as its
 * priority had given for it.
 */
export const escalatedAfterMinutes = (rank: number): number => dueMinutesOf(rank)

const dueMinutesOf = (rank: number): number =>
  (Object.values(PRIORITY).find((each) => each.rank === rank) ?? PRIORITY.normal).dueMinutes
