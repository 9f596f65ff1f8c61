import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE_MS = 120_000

/** Waits until something is so; a database that is away for the moment is asked again. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  let last: unknown
  while (performance.now() < deadline) {
    const answer = await Promise.resolve()
      .then(isSo)
      .catch((error: unknown) => {
        last = error
        return false
      })
    if (answer) return
    await pause(30)
  }
  throw new Error(`Waited ${patienceMs / 1_000} s in vain for ${what}`, { cause: last })
}
