import { apiCommitLost, workerCommitLost } from '../../scripts/chaos/matrix/commit-lost.js'
import { killAtStatement } from '../../scripts/chaos/matrix/kill-at-statement.js'
import {
  brokenOff,
  type Found,
  isSound,
  type Skipped,
} from '../../scripts/chaos/matrix/scenario.js'
import { stops } from '../../scripts/chaos/matrix/stops.js'
import { zombie } from '../../scripts/chaos/matrix/zombie.js'

// The short form of `npm run chaos -- matrix`: real processes, and faults at chosen moments.

const TERMS = { seed: 20191101, isShort: true }
/** Beside each other: they wait more than they work. */
const LANES = [
  [killAtStatement, apiCommitLost],
  [workerCommitLost, zombie, stops],
]

const found = new Map<string, Found | Skipped>()
beforeAll(async () => {
  await Promise.all(
    LANES.map(async (lane) => {
      for (const { name, play } of lane) found.set(name, await play(TERMS).catch(brokenOff))
    }),
  )
}, 240_000)

test.each(LANES.flat())('$name: after $fault, $holds', ({ name }) => {
  expect(found.get(name)).toMatchObject({ wrong: [] })
  expect(isSound(found.get(name) as Found)).toBe(true) // the fault of every run landed
})
