import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sameBytes } from '../../platform/hash.js'
import { writeOnce } from '../../platform/write-once.js'
import { GENESIS } from '../chain.js'
import {
  CHECKPOINT_SUFFIX,
  type Checkpoint,
  checkpointName,
  readCheckpoint,
  timeInName,
  writeCheckpoint,
} from '../checkpoint.js'
import type { CheckpointFault, Testimony } from '../prefix.js'
import type { Signer, Verifier } from '../signed-note.js'
import { head } from '../store.js'

/** An unchanged record is written down again after this, so that silence can be seen. */
const SAY_AGAIN_MS = 3_600_000

export type CheckpointDeps = { db: Db; now: () => Date; signer: Signer; folder: string }

/** `write` makes a checkpoint when one is due, and says whether it did. */
export type Checkpoints = { write(): Promise<boolean> }

/**
 * Writes checkpoints of the sealed record into a folder outside the database: whenever the record
 * grew since this process wrote one, and otherwise when the folder holds none of it from the last
 * hour. Other processes may write beside it; nothing is read back, locked, replaced or removed.
 */
export function openCheckpoints({ db, now, signer, folder }: CheckpointDeps): Checkpoints {
  let last: Checkpoint | undefined
  return {
    async write() {
      const sealed = await head(db)
      const size = sealed ? sealed.index + 1 : 0
      const checkpoint = { size, hash: sealed?.hash ?? GENESIS, at: now() }
      last ??= await saidInFolder(folder, checkpoint)
      if (last && isSaid(last, checkpoint)) return false
      await writeOnce(folder, checkpointName(checkpoint), writeCheckpoint(checkpoint, signer))
      last = checkpoint
      return true
    },
  }
}

/** A clock that was put back must not silence us, so the distance counts in both directions. */
const isSaid = (last: Checkpoint, { size, hash, at }: Checkpoint) =>
  last.size === size &&
  sameBytes(last.hash, hash) &&
  Math.abs(at.getTime() - last.at.getTime()) < SAY_AGAIN_MS

/** The newest checkpoint of this very head that an earlier process left, if any. */
async function saidInFolder(folder: string, head: Checkpoint): Promise<Checkpoint | undefined> {
  const names = await readdir(folder).catch(() => [])
  const times = names.flatMap((name) => timeInName(name, head) ?? [])
  return times.map((at) => ({ ...head, at })).find((said) => isSaid(said, head))
}

const MOST_BYTES = 65_536

/**
 * Every checkpoint below a folder, and the first file that is none of these keys. Refuses with
 * `file_not_found` when there is no folder, and when it holds no checkpoint at all: that proves nothing.
 */
export async function readCheckpoints(
  folder: string,
  verifiers: readonly Verifier[],
): Promise<{ testimonies: Testimony[]; fault?: CheckpointFault }> {
  const files = await checkpointFiles(folder)
  const testimonies: Testimony[] = []
  let fault: CheckpointFault | undefined
  for (const file of files) {
    const read = readCheckpoint(await noteIn(join(folder, file)), verifiers)
    if ('problem' in read) fault ??= { file, problem: read.problem }
    else testimonies.push({ ...read, file })
  }
  return { testimonies, ...(fault ? { fault } : {}) }
}

const LOOKED_AT = 20

/** Of the newest files in a folder the first that one of these keys signed; none where there is no folder. */
export async function newestCheckpoint(
  folder: string,
  verifiers: readonly Verifier[],
): Promise<Testimony | undefined> {
  const names = await readdir(folder).catch(() => [])
  const newest = names.filter((name) => name.endsWith(CHECKPOINT_SUFFIX) && !name.startsWith('.'))
  for (const file of newest.sort().toReversed().slice(0, LOOKED_AT)) {
    const read = readCheckpoint(await noteIn(join(folder, file)), verifiers)
    if (!('problem' in read)) return { ...read, file }
  }
  return undefined
}

async function checkpointFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new Refusal('file_not_found', `${folder} is not a folder that can be read.`, { cause })
  })
  const found = files.filter(
    (path) => /(^|[/\\])[^./\\][^/\\]*$/.test(path) && path.endsWith(CHECKPOINT_SUFFIX),
  )
  if (found.length > 0) return found.sort()
  throw new Refusal(
    'file_not_found',
    `${folder} holds no checkpoints (*${CHECKPOINT_SUFFIX}). Were they moved? Without them nothing is shown.`,
  )
}

async function noteIn(path: string): Promise<string> {
  const { size } = await stat(path)
  return size > MOST_BYTES ? '' : readFile(path, 'utf8')
}
