import { readFileSync, statSync } from 'node:fs'
import { checkpointSigner } from '../audit/checkpoint.js'
import { readCheckpoints } from '../audit/checkpointing/service.js'
import { type CheckpointFault, compareWith, meaningOf, type Testimony } from '../audit/prefix.js'
import type { Verification } from '../audit/service.js'
import { readVerifierKey, type Verifier, writeVerifierKey } from '../audit/signed-note.js'
import { checkpointSeed, currentConfig } from '../config.js'
import { Refusal } from '../platform/errors.js'
import { faint, good, number, print } from './terminal.js'

/** The key that anybody needs in order to verify this installation's checkpoints. */
export const ownVerifierKey = (): string =>
  writeVerifierKey(checkpointSigner(checkpointSeed(currentConfig())))

export type CheckpointOptions = { checkpoints?: string; key?: string }

/**
 * The comparison that was asked for, before the record is read: what is sealed meanwhile is no
 * fault. `undefined` when none was. Refuses with `input_invalid` or `file_not_found`.
 */
export async function comparisonOf({ checkpoints: folder, key }: CheckpointOptions) {
  if (folder === undefined && key === undefined) return undefined
  if (folder === undefined || key === undefined) {
    throw new Refusal(
      'input_invalid',
      '--checkpoints and --key go together: what was signed, and by whom. `cordon audit key` prints the key.',
    )
  }
  const { testimonies, fault } = await readCheckpoints(folder, verifiersIn(key))
  const { onLink, finish } = compareWith(testimonies)
  return {
    onLink,
    finish: (result: Pick<Verification, 'fault'>): Compared => {
      const { agreeing, fault: disagreeing } = finish(result.fault === undefined)
      const faults = [fault, disagreeing].filter((each) => each !== undefined)
      return { total: testimonies.length, agreeing, newest: newestOf(testimonies), faults }
    },
  }
}

export type Compared = {
  /** Checkpoints that the key signed, and how many of them the record has as a prefix. */
  total: number
  agreeing: number
  newest: { file: string; size: number; at: Date } | undefined
  faults: CheckpointFault[]
}

function newestOf(testimonies: readonly Testimony[]): Compared['newest'] {
  const newest = testimonies.reduce<Testimony | undefined>(
    (best, each) => (best && best.at >= each.at ? best : each),
    undefined,
  )
  return newest && { file: newest.file, size: newest.size, at: newest.at }
}

/** `text` is a verifier key, or a file with one a line: the present key and those before it. */
function verifiersIn(text: string): Verifier[] {
  const own = readVerifierKey(text)
  if (own) return [own]
  const lines = statSync(text, { throwIfNoEntry: false })?.isFile()
    ? readFileSync(text, 'utf8')
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    : []
  const verifiers = lines.flatMap((line) => readVerifierKey(line.trim()) ?? [])
  if (verifiers.length > 0 && verifiers.length === lines.length) return verifiers
  throw new Refusal(
    'input_invalid',
    `${text} is neither a verifier key nor a file of them. \`cordon audit key\` prints one: name+hash+key.`,
  )
}

/** The same as JSON, each fault with its sentence. */
export const comparedJson = ({ faults, ...counts }: Compared, verified: number) => ({
  ...counts,
  faults: faults.map((fault) => ({ ...fault, meaning: meaningOf(fault, verified) })),
})

/** Says what the checkpoints prove, and from where on they prove nothing. */
export function showCompared(
  { total, agreeing, newest, faults }: Compared,
  verified: number,
): void {
  for (const fault of faults) print(meaningOf(fault, verified))
  const counts = `${number(agreeing)} of ${number(total)} checkpoints agree.`
  print(faults.length === 0 ? good(counts) : counts)
  if (!newest) return
  print(
    `  newest ${newest.at.toISOString()}, ${number(newest.size)} events; what came later it does not cover`,
  )
  if (faults.length > 0) print(faint('  Keep this record and the checkpoints as they are.'))
}
