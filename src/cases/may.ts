/** What somebody may do with a case as it stands; the statements that do it check again. */
export const CASE_DEEDS = [
  'claim',
  'heartbeat',
  'release',
  'snooze',
  'escalate',
  'decide',
  'confirm',
  'comment',
] as const
export type CaseDeed = (typeof CASE_DEEDS)[number]

export type Standing = {
  status: string
  /** Who holds it now; `null` also when a lease ran out. */
  heldBy: string | null
  snoozedUntil: Date | null
  proposedBy: string | null
  now: Date
}

/** `isReviewer`: a person who may decide cases at all. */
export function mayDo(standing: Standing, actor: { id: string; isReviewer: boolean }): CaseDeed[] {
  if (!actor.isReviewer) return []
  const { status, heldBy, proposedBy } = standing
  if (status === 'claimed' && heldBy === actor.id) {
    return ['heartbeat', 'release', 'snooze', 'escalate', 'decide', 'comment']
  }
  if (status === 'awaiting_second' && proposedBy !== actor.id) return ['confirm', 'comment']
  return isFree(standing) ? ['claim', 'comment'] : ['comment']
}

const isFree = ({ status, heldBy, snoozedUntil, now }: Standing) =>
  status === 'open' ||
  (status === 'claimed' && heldBy === null) ||
  (status === 'snoozed' && snoozedUntil !== null && snoozedUntil <= now)
