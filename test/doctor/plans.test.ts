import pg from 'pg'
import { examine } from '../../src/doctor/service.js'
import { type Reader, readingOn } from '../../src/doctor/store.js'
import { aFinishedResponse } from '../support/doctor-scene.js'
import type { World } from '../support/world.js'

// Questions are about everything, so one that looks up each row takes as long as the statistics are wrong.

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

/** Tables of a row for each account, mail, attempt or entry of a list; valves, sweeps and chunks are few. */
const LARGE =
  /^(account|action|arrival|attempt|audit_event|audit_seal|entry|hold|mail|outcome|reset|review_case|session|standing)$/

let world: World
let client: pg.Client
beforeAll(async () => {
  world = await aFinishedResponse()
  client = new pg.Client({ connectionString: world.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await world.close()
})

const relationsOf = ({ 'Relation Name': name = '', Plans = [] }: Plan): string[] => [
  name,
  ...Plans.flatMap(relationsOf),
]

/** Whether something is looked up for each row of a large table. */
const loops = (plan: Plan): boolean => {
  const { 'Node Type': node, Plans: [outer, ...others] = [] } = plan
  if (!outer) return false
  const isLoop = node === 'Nested Loop' && relationsOf(outer).some((name) => LARGE.test(name))
  return isLoop || [outer, ...others].some(loops)
}

/** The doctor's reader, which also keeps how each question would be answered. */
function explaining(plans: Map<string, Plan>): Reader {
  const query = async (text: string, ...rest: never[]) => {
    if (text.startsWith('WITH found')) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`)
      plans.set(text, rows[0]['QUERY PLAN'][0].Plan)
    }
    return client.query(text, ...rest)
  }
  return { query } as Reader
}

test('no question of the doctor looks something up for each row of a large table', async () => {
  const plans = new Map<string, Plan>()
  await examine({ read: readingOn(explaining(plans)), db: world.db })
  expect(plans.size).toBeGreaterThan(40)
  const looping = [...plans].filter(([, plan]) => loops(plan)).map(([text]) => text.slice(0, 400))
  expect(looping).toEqual([])
})
