import { INVARIANTS } from '../../src/doctor/invariants.js'
import { type DoctorDeps, examine, findBroken } from '../../src/doctor/service.js'
import { type Database, openDatabase } from '../../src/platform/db.js'
import { aFinishedResponse } from '../support/doctor-scene.js'
import type { World } from '../support/world.js'
import { OF_ACCOUNTS } from './of-accounts.js'
import { OF_PROCESSES } from './of-processes.js'
import { SMALL_FAULTS } from './small-faults.js'

// Each saboteur breaks a real database as its owner could. What must be red is red, and nothing else.
// Over one connection sabotage and look are one transaction, so that it can be undone for the next.

let world: World
let only: Database
beforeAll(async () => {
  world = await aFinishedResponse()
  only = await openDatabase(world.url, 1)
})
afterAll(async () => {
  await only.close()
  await world.close()
})

/** Every sentence that was said of something broken. */
const said = new Set<string>()

/** The invariants that are broken after this was done. */
async function brokenBy(sql: string): Promise<string[]> {
  const { db, pool } = only
  const deps: DoctorDeps = { db, read: (_timeoutMs, work) => work(pool) }
  await pool.query('BEGIN; SET LOCAL ROLE NONE')
  try {
    await pool.query(sql)
    const verdicts = await examine(deps)
    for (const { findings } of verdicts) for (const { finds } of findings) said.add(finds)
    return verdicts.filter(({ result }) => result === 'broken').map(({ id }) => id)
  } finally {
    await pool.query('ROLLBACK')
  }
}

test.each([...OF_ACCOUNTS, ...OF_PROCESSES, ...SMALL_FAULTS])(
  '$breaks: somebody $does',
  async ({ breaks, sql }) => {
    expect(await brokenBy(sql)).toEqual(breaks)
  },
)

test('nothing else is red, before them and after', async () => {
  expect(await findBroken(world.url)).toEqual([])
})

/** Their fault is of the whole server, or takes longer to make than a test may. */
const NOT_MADE_HERE: readonly string[] = [
  'More than nine in ten of the connections that Postgres allows are taken.',
  'A transaction that writes has been open for more than twenty minutes: nothing behind it can be sealed.',
  'A queue holds more than a million rows.',
]

test('every question has found what it asks for', () => {
  const asked = INVARIANTS.flatMap(({ rules }) => rules.map(({ finds }) => finds))
  expect(asked.filter((finds) => !said.has(finds))).toEqual(NOT_MADE_HERE)
})
