export type ChunkRange = { phase: 'hold' | 'canary' | 'act'; firstSeq: number; lastSeq: number }

export const HOLD_SIZE = 10_000
export const CANARY_SIZE = 50
export const ACT_SIZE = 2_500

/**
 * Cuts a plan into transactions: every hold first, then a small canary, then the rest, always in
 * the plan's order (highest score first). `holdsUntil` is the last action that holds value.
 */
export function cutIntoChunks(plan: { actions: number; holdsUntil: number }): ChunkRange[] {
  const canary = Math.min(CANARY_SIZE, plan.actions)
  return [
    ...cut('hold', 1, plan.holdsUntil, HOLD_SIZE),
    ...cut('canary', 1, canary, CANARY_SIZE),
    ...cut('act', canary + 1, plan.actions, ACT_SIZE),
  ]
}

function cut(phase: ChunkRange['phase'], from: number, until: number, size: number): ChunkRange[] {
  const count = Math.max(0, Math.ceil((until - from + 1) / size))
  return Array.from({ length: count }, (_, index) => ({
    phase,
    firstSeq: from + index * size,
    lastSeq: Math.min(until, from + (index + 1) * size - 1),
  }))
}
