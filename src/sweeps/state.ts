import { Refusal } from '../platform/errors.js'

/** The life of a sweep (design §4). The database holds the same list as a CHECK. */
export const NEXT = {
  planning: ['planned', 'failed'],
  planned: ['approved', 'aborted'],
  approved: ['running', 'aborted'],
  running: ['paused', 'finished', 'aborted'],
  paused: ['running', 'aborted'],
  finished: [],
  aborted: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>
export type SweepStatus = keyof typeof NEXT

/** How often a plan is begun before its sweep is given up. */
export const PLAN_ATTEMPTS = 3

/** The states from which a sweep may become `to`: the precondition of the one statement that moves it. */
export const sourcesOf = (to: SweepStatus): SweepStatus[] =>
  (Object.keys(NEXT) as SweepStatus[]).filter((from) =>
    (NEXT[from] as readonly string[]).includes(to),
  )

/** The refusal for a move that its statement did not make. */
export const illegalMove = (sweepId: string, from: string, to: SweepStatus) =>
  new Refusal('illegal_transition', `Sweep ${sweepId} is ${from} and cannot become ${to}.`)
