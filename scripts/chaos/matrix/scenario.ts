/** What came of a scenario. */
export type Found = {
  runs: number
  /** In how many of them it is proven that the fault hit while there was something to hit. */
  landed: number
  /** What is not as it must be, in words. */
  wrong: string[]
  /** Anything else worth telling. */
  note?: string
}

/** Why a scenario cannot be played on this machine. */
export type Skipped = { skipped: string }

export type Terms = {
  seed: number
  /** As much of it as the test suite has time for. */
  isShort: boolean
}

export type Scenario = {
  name: string
  fault: string
  /** How it is known that the fault landed. */
  proof: string
  /** What must hold afterwards, besides outcomes, epochs, mails and the record. */
  holds: string
  play(terms: Terms): Promise<Found | Skipped>
}

/** A fault that did not land proves nothing. */
export const isSound = (found: Found | Skipped): boolean =>
  'skipped' in found || (found.wrong.length === 0 && found.landed === found.runs)

/** Many runs as one. */
export const together = (runs: readonly Found[], note?: string): Found => ({
  runs: runs.reduce((sum, found) => sum + found.runs, 0),
  landed: runs.reduce((sum, found) => sum + found.landed, 0),
  wrong: runs.flatMap(({ wrong }) => wrong),
  ...(note ? { note } : {}),
})

/** Plays a few at a time: they wait more than they work. One that breaks off does not end the others. */
export async function inLanes(
  tasks: readonly (() => Promise<Found>)[],
  lanes: number,
): Promise<Found[]> {
  const made: Found[] = []
  const waiting = [...tasks]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      made.push(await next().catch(brokenOff))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return made
}

export const brokenOff = (error: Error): Found => ({
  runs: 1,
  landed: 0,
  wrong: [[error.stack, error.cause].filter(Boolean).join(' because of ')],
})
