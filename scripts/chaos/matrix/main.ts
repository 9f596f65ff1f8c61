import { startTestServer } from '../../../test/support/server.js'
import { apiKilled } from './api-killed.js'
import { clocks } from './clocks.js'
import { apiCommitLost, workerCommitLost } from './commit-lost.js'
import { fullDisk } from './full-disk.js'
import { killAtStatement } from './kill-at-statement.js'
import {
  brokenOff,
  type Found,
  isSound,
  type Scenario,
  type Skipped,
  type Terms,
} from './scenario.js'
import { silent } from './silent.js'
import { stops } from './stops.js'
import { terminated } from './terminated.js'
import { zombie } from './zombie.js'

/** In the order of their worth. */
export const SCENARIOS: readonly Scenario[] = [
  killAtStatement,
  workerCommitLost,
  apiCommitLost,
  apiKilled,
  zombie,
  stops,
  terminated,
  silent,
  fullDisk,
  clocks,
]

export type Line = { scenario: Scenario; seconds: number } & (Found | Skipped)

/** Plays the scenarios, or the one of that name, each on databases of its own; true when all holds. */
export async function playMatrix(terms: Terms, only?: string): Promise<boolean> {
  const chosen = SCENARIOS.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0) throw new Error(`There is no scenario ${only}.`)
  const server = await startTestServer()
  process.env.CORDON_TEST_DATABASE_URL = server.url
  try {
    const lines: Line[] = []
    for (const scenario of chosen) {
      const line = await playOne(scenario, terms)
      lines.push(line)
      console.log(wordsOf(line))
    }
    return lines.every(isSound)
  } finally {
    await server.close()
  }
}

async function playOne(scenario: Scenario, terms: Terms): Promise<Line> {
  const startedAt = performance.now()
  const found = await scenario.play(terms).catch(brokenOff)
  return { scenario, seconds: (performance.now() - startedAt) / 1_000, ...found }
}

function wordsOf(line: Line): string {
  const { scenario, seconds } = line
  const name = scenario.name.padEnd(18)
  if ('skipped' in line) return `${name} skipped: ${line.skipped}`
  const { runs, landed, wrong, note } = line
  const result = isSound(line) ? 'holds' : 'BROKEN'
  const counts = `${runs} runs, ${landed} landed`.padEnd(24)
  return [
    `${name} ${counts} ${result.padEnd(7)} ${seconds.toFixed(0)} s${note ? ` (${note})` : ''}`,
    ...wrong.map((what) => `  ${what}`),
  ].join('\n')
}
