import { inTx } from '../../src/platform/db.js'
import { addKey } from '../../src/staff/keys/service.js'
import { planWaiting } from '../../src/sweeps/planning/jobs.js'
import { requestForIncident } from '../../src/sweeps/planning/service.js'
import { cordonHere } from '../support/cli-here.js'
import { until } from '../support/mailing.js'
import { type StaffServer, startStaff } from '../support/staff.js'
import { holdWriting } from '../support/sweep-scene.js'
import { accounts, linesOf, planned, risky } from '../support/world.js'

let server: StaffServer
let sweepId: string
let key: string
beforeAll(async () => {
  server = await startStaff()
  await accounts(server.world, [risky('one'), risky('two')])
  sweepId = await planned(server.world, { title: 'remote', lists: [linesOf(['one', 'two'])] })
  key = (await addKey(server.deps, { role: 'automation', name: 'cli', actor: 'os:test' })).key
})
afterAll(() => server.close())

// A port where nothing listens: whatever the command does, it does over the API.
const NOWHERE = 'postgres://nobody@127.0.0.1:1/none'
const cordon = (...args: string[]) =>
  cordonHere(['--url', server.url, ...args], { CORDON_KEY: key, DATABASE_URL: NOWHERE })

test('a sweep elsewhere is shown and ended by its API, and the key is who did it', async () => {
  const shown = await cordon('sweeps', 'show', sweepId, '--json')
  expect(JSON.parse(shown.out)).toMatchObject({ id: sweepId, status: 'planned', resets: 2 })
  const started = await cordon('sweeps', 'start', sweepId)
  expect([started.code, started.err]).toEqual([2, expect.stringContaining('not approved')])
  const aborted = await cordon('sweeps', 'abort', sweepId, '--reason', 'wrong list')
  expect([aborted.code, aborted.out]).toEqual([0, expect.stringContaining('aborted')])
  const events = await server.world.db.auditEvent.findMany({ where: { kind: 'sweep.aborted' } })
  expect(events).toMatchObject([{ actor: expect.stringMatching(/^key:key_/) }])
})

test('a plan that is being made is shown by its steps, here and from elsewhere', async () => {
  const { world } = server
  const { incidentId } = await world.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  const asked = { incidentId, actor: 'os:test' }
  const { id } = await inTx(world.db, (tx) => requestForIncident(tx, asked, world))
  expect((await cordon('sweeps', 'show', id)).out).toContain('waits for a worker')
  const letOn = await holdWriting(world)
  const made = planWaiting(server.deps)
  await until(async () => (await cordon('sweeps', 'show', id)).out.includes('writing'))
  const here = await cordonHere(['sweeps', 'show', id], { DATABASE_URL: world.url })
  for (const { out } of [await cordon('sweeps', 'show', id), here]) {
    expect(out).toMatch(/step 1 of 7 +2 +different addresses read/)
    expect(out).toMatch(/step 5 of 7 +writing +under way/)
  }
  await letOn()
  await made
})

test.each([
  ['without a key', ['sweeps', 'show', 'swp_x'], {}, /CORDON_KEY/],
  ['on a command that works here only', ['audit', 'verify'], { CORDON_KEY: 'x' }, /not with --url/],
])('--url %s is refused', async (_case, args, env, says) => {
  const ended = await cordonHere(['--url', server.url, ...args], { DATABASE_URL: NOWHERE, ...env })
  expect([ended.code, ended.err]).toEqual([2, expect.stringMatching(says)])
})

test('nobody there, or a key nobody knows, is said as such', async () => {
  const env = { CORDON_KEY: `ck_x_${'y'.repeat(43)}`, DATABASE_URL: NOWHERE }
  const stranger = await cordonHere(['--url', server.url, 'sweeps', 'show', sweepId], env)
  expect([stranger.code, stranger.err]).toEqual([2, expect.stringContaining('live key')])
  const nobody = await cordonHere(['--url', 'http://127.0.0.1:1', 'sweeps', 'show', sweepId], env)
  expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('Nobody answers')])
})
