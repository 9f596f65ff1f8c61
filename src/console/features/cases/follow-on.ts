import type { z } from 'zod'
import { type claimNextCase, releaseCase } from '../../../contract/cases.js'
import { ask } from '../../api.js'
import { changed } from './queries.js'

type Claimed = z.output<(typeof claimNextCase.answers)[200]>

/** A decision that is held, and the case that was claimed only because of it. */
let following: { decided: string; next: Claimed | null; isTakenBack: boolean } | null = null

/** Something was decided: the case that is claimed now follows on it. */
export const expectNext = (decided: string): void => {
  following = { decided, next: null, isTakenBack: false }
}

/** Whether what was claimed after a decision is still wanted. It is given back when not. */
export function isWanted(claimed: Claimed | undefined, decided: string | undefined): boolean {
  if (!following || following.decided !== decided) return true
  const { isTakenBack } = following
  following = claimed && !isTakenBack ? { ...following, next: claimed } : null
  if (claimed && isTakenBack) void giveBack(claimed)
  return !isTakenBack
}

/** Its reviewer began to work on the case: they keep it, whatever becomes of the decision before. */
export function begin(id: string): void {
  if (following?.next?.case.id === id) following = null
}

/** The decision was taken back: others may have the case after it at once, unless it was begun. */
export function giveBackNext(decided: string): void {
  if (following?.decided !== decided) return
  const { next } = following
  following = next ? null : { ...following, isTakenBack: true }
  if (next) void giveBack(next)
}

/** When it fails, the lease gives the case back a little later. */
const giveBack = ({ case: { id }, fence }: Claimed): Promise<void> =>
  ask(releaseCase, { params: { id }, body: { fence } })
    .then(() => changed(id))
    .catch(() => undefined)
