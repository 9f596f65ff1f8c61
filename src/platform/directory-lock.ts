import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from './errors.js'

const PATIENCE_MS = 60_000
const LOOK_EVERY_MS = 50

/**
 * Runs `work` while this process alone holds the lock file; a lock whose holder died is taken over.
 * Refuses with `data_directory_in_use` after a minute.
 */
export async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await tryLock(lock))) {
    if (performance.now() > deadline) {
      throw new Refusal('data_directory_in_use', `${lock} is held by another process. Is it stuck?`)
    }
    await pause(LOOK_EVERY_MS)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** The lock appears with its holder's name in it or not at all: nobody can die between the two. */
async function tryLock(lock: string): Promise<boolean> {
  const draft = `${lock}.${randomUUID()}`
  await writeFile(draft, String(process.pid), { mode: 0o600 })
  try {
    await link(draft, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  } finally {
    await rm(draft, { force: true })
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
