import { sha256Hex } from '../platform/hash.js'
import {
  fromBase64,
  openNote,
  type Signer,
  signerOf,
  signNote,
  type Verifier,
} from './signed-note.js'

/**
 * What the record was at one moment: `size` events, the last of them linked as `hash` (the chain's
 * beginning when there is none).
 *
 * It is written in the form of https://c2sp.org/tlog-checkpoint, so that tools which know signed
 * notes can store, ship and countersign it. Cordon's record is a hash chain and not a Merkle tree:
 * where the form has a tree's root stands the chain's link at that size, and there are no inclusion
 * or consistency proofs. Whoever verifies recomputes the chain from an export.
 */
export type Checkpoint = { size: number; hash: Uint8Array; at: Date }

const HASH_BYTES = 32

/** The signer of checkpoints. Its name, the origin, says that this is a chain, and whose. */
export const checkpointSigner = (seed: Uint8Array): Signer =>
  signerOf(seed, (publicKey) => `cordon-audit-chain/${sha256Hex(publicKey).slice(0, 16)}`)

/** A checkpoint as a signed note: origin, size, link, and the time as an extension line. */
export function writeCheckpoint({ size, hash, at }: Checkpoint, signer: Signer): string {
  const link = Buffer.from(hash).toString('base64')
  return signNote(`${signer.name}\n${size}\n${link}\ntime ${at.toISOString()}\n`, signer)
}

export type NoteProblem = 'malformed' | 'unknown_key' | 'signature_wrong'

/** Reads a checkpoint that one of `verifiers` signed under its own name, or says why it is none. */
export function readCheckpoint(
  note: string,
  verifiers: readonly Verifier[],
): Checkpoint | { problem: NoteProblem } {
  const opened = openNote(note, verifiers)
  if ('problem' in opened) return opened
  const [origin, size = '', link = '', ...extensions] = opened.text.slice(0, -1).split('\n')
  const hash = fromBase64(link)
  const time = extensions.find((line) => line.startsWith('time '))?.slice('time '.length)
  const at = new Date(time ?? '')
  const isWellFormed =
    origin === opened.signedBy.name &&
    /^(0|[1-9]\d{0,14})$/.test(size) &&
    hash?.length === HASH_BYTES &&
    !extensions.includes('') &&
    !Number.isNaN(at.getTime())
  return isWellFormed ? { size: Number(size), hash, at } : { problem: 'malformed' }
}

const SIZE_DIGITS = 15

type Head = Pick<Checkpoint, 'size' | 'hash'>

const markOf = ({ size, hash }: Head) =>
  `${String(size).padStart(SIZE_DIGITS, '0')}-${Buffer.from(hash).toString('hex').slice(0, 16)}`

/** The file of a checkpoint: in the order of sizes, and another name for whatever says something else. */
export const checkpointName = ({ size, hash, at }: Checkpoint): string =>
  `${markOf({ size, hash })}-${at.toISOString().replace(/[-:.]/g, '')}${CHECKPOINT_SUFFIX}`

/** How the files of checkpoints end. Drafts, and what else lies beside them, end otherwise. */
export const CHECKPOINT_SUFFIX = '.checkpoint'

/** When the checkpoint that was given this name was made, if it is one of this very head. */
export function timeInName(name: string, head: Head): Date | undefined {
  const digits = name.startsWith(`${markOf(head)}-`)
    ? /-(\d{8})T(\d{6})(\d{3})Z\.checkpoint$/.exec(name)?.slice(1).join('')
    : undefined
  if (digits === undefined) return undefined
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)(...)$/, '$1-$2-$3T$4:$5:$6.$7Z')
  const at = new Date(iso)
  return Number.isNaN(at.getTime()) ? undefined : at
}
