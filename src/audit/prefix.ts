import { sameBytes } from '../platform/hash.js'
import { GENESIS } from './chain.js'
import type { Checkpoint, NoteProblem } from './checkpoint.js'

/** A checkpoint that verified, and the file it stood in. */
export type Testimony = Checkpoint & { file: string }

/**
 * What is wrong with one checkpoint, or with the record as it sees it: `cut_off` when the record is
 * shorter, `rewritten` when it holds together and is another one, `broken` when its chain does not
 * hold together up to there.
 */
export type CheckpointFault =
  | { file: string; problem: NoteProblem }
  | { file: string; problem: 'cut_off' | 'rewritten' | 'broken'; size: number; at: Date }

export type Comparison = {
  /** Takes every recomputed link of the record, in order. */
  onLink(size: number, hash: Uint8Array): void
  /** After the last: how many checkpoints agree, and the first that does not. */
  finish(chainHolds: boolean): { agreeing: number; fault?: CheckpointFault }
}

/**
 * Compares a record with checkpoints while it is read: each must be a prefix of it. Keeps none of
 * the links.
 */
export function compareWith(testimonies: readonly Testimony[]): Comparison {
  const sorted = [...testimonies].sort((a, b) => a.size - b.size || a.at.getTime() - b.at.getTime())
  let next = 0
  let agreeing = 0
  let fault: CheckpointFault | undefined
  const onLink = (size: number, hash: Uint8Array) => {
    for (let each = sorted[next]; each?.size === size; each = sorted[next]) {
      if (sameBytes(each.hash, hash)) agreeing += 1
      else fault ??= faultOf(each, 'rewritten')
      next += 1
    }
  }
  onLink(0, GENESIS)
  return {
    onLink,
    finish(chainHolds) {
      const beyond = sorted[next]
      if (beyond) fault ??= faultOf(beyond, chainHolds ? 'cut_off' : 'broken')
      return { agreeing, ...(fault ? { fault } : {}) }
    },
  }
}

const faultOf = (
  { file, size, at }: Testimony,
  problem: 'cut_off' | 'rewritten' | 'broken',
): CheckpointFault => ({ file, problem, size, at })

/** What a fault means, in one sentence for people. `verified` is where the record's chain ends. */
export function meaningOf(fault: CheckpointFault, verified: number): string {
  const { file } = fault
  switch (fault.problem) {
    case 'malformed':
      return `${file} is no checkpoint: it was damaged, or something else wrote it.`
    case 'unknown_key':
      return `${file} was not signed by this key: it is another installation's, of a key that was replaced, or forged.`
    case 'signature_wrong':
      return `${file} carries a wrong signature: it was changed after it was signed.`
    case 'rewritten':
      return `${file} saw another record of ${fault.size} events at ${iso(fault)}: what came before was changed and every link made anew since.`
    case 'broken':
      return `${file} saw ${fault.size} events at ${iso(fault)}, and the chain breaks at ${verified}: that was changed after this moment.`
    case 'cut_off':
      return `${file} saw ${fault.size} events at ${iso(fault)}, and the record ends after ${verified}: its end was cut off or an older backup restored, unless the export is older than that.`
  }
}

const iso = ({ at }: { at: Date }) => at.toISOString()
