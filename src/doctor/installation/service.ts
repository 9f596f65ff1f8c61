import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { readCheckpoints } from '../../audit/checkpointing/service.js'
import type { CheckpointFault, Testimony } from '../../audit/prefix.js'
import type { Verifier } from '../../audit/signed-note.js'
import { Refusal } from '../../platform/errors.js'
import { migrationState } from '../../platform/migrate.js'
import type { Reader, Reading } from '../store.js'
import {
  broken,
  type Check,
  checkpointCheck,
  clockCheck,
  migrationCheck,
  ok,
  warning,
} from './check.js'
import * as store from './store.js'

const READING_MS = 10_000

/** What the database says of itself: version, migrations, role and clock. */
export function examineDatabase(read: Reading, nowMs: () => number): Promise<Check[]> {
  return read(READING_MS, async (reader) => [
    ok('database', `answers, PostgreSQL ${await store.serverVersion(reader)}`),
    migrationCheck(await migrationState(reader)),
    clockCheck(await skewOf(reader, nowMs)),
  ])
}

const SAMPLES = 5

/** An answer is of the middle of its round trip, as far as anybody knows; the shortest one says most. */
async function skewOf(reader: Reader, nowMs: () => number): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, skewMs: 0 }
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const askedMs = nowMs()
    const saidMs = await store.clockMs(reader)
    const tookMs = nowMs() - askedMs
    if (tookMs < best.tookMs) best = { tookMs, skewMs: askedMs + tookMs / 2 - saidMs }
  }
  return best.skewMs
}

export type Witnesses = { testimonies: Testimony[]; fault?: CheckpointFault }

/**
 * Whether checkpoints can be written, and those that are there, for the chain to be compared with.
 * `verifier` is left out where this installation has signed none yet.
 */
export async function examineCheckpoints(
  folder: string,
  verifier: Verifier | undefined,
  now: Date,
): Promise<{ check: Check; witnesses: Witnesses | undefined }> {
  const problem = await whyUnwritable(folder)
  if (problem === 'ENOENT' || verifier === undefined) {
    const check = checkpointCheck({ folder, count: 0, newest: undefined, now })
    return { check, witnesses: undefined }
  }
  if (problem !== undefined) {
    const says = `${folder} cannot be written (${problem}): the record has no witness outside.`
    return { check: broken('checkpoints', says), witnesses: undefined }
  }
  const { fault, testimonies } = await found(folder, verifier)
  // A key that was replaced signed honestly; whoever has it verifies with both.
  const isOtherKey = fault?.problem === 'unknown_key'
  const witnesses = { testimonies, ...(fault && !isOtherKey ? { fault } : {}) }
  const times = witnesses.testimonies.map(({ at }) => at.getTime())
  if (isOtherKey) {
    const says = `${fault.file} in ${folder} was signed by another key, perhaps an older one: compare with cordon audit verify, which takes a file of keys.`
    return { check: warning('checkpoints', says), witnesses }
  }
  const newest = times.length > 0 ? new Date(times.reduce((a, b) => Math.max(a, b))) : undefined
  return { check: checkpointCheck({ folder, count: times.length, newest, now }), witnesses }
}

async function whyUnwritable(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

async function found(folder: string, verifier: Verifier): Promise<Witnesses> {
  try {
    return await readCheckpoints(folder, [verifier])
  } catch (error) {
    if (error instanceof Refusal && error.code === 'file_not_found') return { testimonies: [] }
    throw error
  }
}
