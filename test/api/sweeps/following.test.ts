import { Writable } from 'node:stream'
import { inTx } from '../../../src/platform/db.js'
import { dismiss } from '../../../src/staff/people/service.js'
import { openFeeds } from '../../../src/sweeps/following/service.js'
import { planWaiting } from '../../../src/sweeps/planning/jobs.js'
import { type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import {
  anIncident,
  approval,
  crowdOf,
  openScene,
  plannedBy,
  type Scene,
} from '../../support/sweep-scene.js'
import { asOwner, runAll } from '../../support/world.js'

let server: StaffServer
let scene: Scene
let abel: Browser
beforeAll(async () => {
  server = await startStaff()
  scene = await openScene(server)
  abel = await scene.another()
})
afterAll(() => server.close())

// biome-ignore lint/suspicious/noExplicitAny: events are looked at field by field
type Event = { id?: string; event: string; data: any }
type Stream = {
  status: number
  next(wanted: (event: Event) => boolean): Promise<Event[]>
  end(): Promise<void>
  comments(): Promise<void>
  ended(): Promise<void>
}

/** Follows a sweep as a browser's EventSource does. */
async function follow(
  sweepId: string,
  by: Browser = scene.rosa,
  lastEventId?: string,
): Promise<Stream> {
  const stop = new AbortController()
  const answer = await fetch(`${server.url}/v1/sweeps/${sweepId}/events`, {
    headers: { cookie: by.cookie, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    signal: stop.signal,
  })
  const reader = (answer.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader()
  let text = ''
  const block = async (): Promise<string | undefined> => {
    while (!text.includes('\n\n')) {
      const { done, value } = await reader.read()
      if (done) return undefined
      text += value
    }
    const end = text.indexOf('\n\n')
    const found = text.slice(0, end)
    text = text.slice(end + 2)
    return found
  }
  return {
    status: answer.status,
    async next(wanted) {
      const seen: Event[] = []
      for (;;) {
        const found = await block()
        if (found === undefined) throw new Error('The stream ended')
        if (found.startsWith(':')) continue
        const lines = Object.fromEntries(found.split('\n').map((line) => line.split(/: (.*)/s)))
        const event = { ...lines, data: JSON.parse(lines.data) } as Event
        seen.push(event)
        if (wanted(event)) return seen
      }
    },
    async comments() {
      for (;;) if ((await block())?.startsWith(':')) return
    },
    async ended() {
      while ((await block()) !== undefined);
    },
    async end() {
      stop.abort()
    },
  }
}

const states = (events: readonly Event[]) =>
  events.filter(({ event }) => event === 'state').map(({ data }) => data.status)
const is = (status: string) => (event: Event) => event.data.status === status
const act = (id: string, verb: string, body?: object, by = scene.rosa) =>
  by.ask('POST', `/v1/sweeps/${id}/${verb}`, body)
const approve = (plan: { id: string; planDigest: string; resets: number }) =>
  act(plan.id, 'approval', approval(plan), abel)

test('every state change comes once and in order, and progress beside it', async () => {
  const plan = await plannedBy(scene, crowdOf(3))
  const stream = await follow(plan.id)
  const first = await stream.next(({ event }) => event === 'progress')
  expect(states(first)).toEqual(['planning', 'planned'])
  expect(first.at(-1)).toMatchObject({ data: { accounts: 3, accountsDone: 0 } })
  expect(first.at(-1)).not.toHaveProperty('id')
  await approve(plan)
  await act(plan.id, 'start')
  await act(plan.id, 'pause', { reason: 'look' })
  await act(plan.id, 'resume')
  await runAll(server.world, plan.id)
  const rest = await stream.next(is('finished'))
  expect(states(rest)).toEqual(['approved', 'running', 'paused', 'running', 'finished'])
  const ids = [...first, ...rest].flatMap(({ id }) => (id ? [Number(id)] : []))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  const isDone = ({ data }: Event) => data.accountsDone === 3
  if (!rest.some(isDone)) await stream.next(isDone)
  await stream.end()
})

test('after a cut nothing is lost and nothing comes twice, wherever it was cut', async () => {
  const plan = await plannedBy(scene, ['crowd-50'])
  const stream = await follow(plan.id)
  const [requested] = await stream.next(is('planning'))
  await stream.end()
  await approve(plan)
  await act(plan.id, 'start')
  await act(plan.id, 'abort', { reason: 'enough' })
  const all = ['planned', 'approved', 'running', 'aborted']
  let last = requested?.id
  for (let at = 0; at < all.length; at += 1) {
    const resumed = await follow(plan.id, scene.rosa, last)
    const seen = await resumed.next(is(all.at(-1) as string))
    expect(states(seen)).toEqual(all.slice(at))
    last = seen[0]?.id
    await resumed.end()
  }
  const odd = await follow(plan.id, scene.rosa, 'nonsense')
  expect(states(await odd.next(is('aborted')))).toEqual(['planning', ...all])
  await odd.end()
})

test('changes come in order where their ids grow by a digit', async () => {
  const incidentId = await anIncident(scene, ['crowd-70'])
  await asOwner(server.world, `SELECT setval(pg_get_serial_sequence('audit_event', 'id'), 99998)`)
  const asked = await scene.rosa.ask('POST', `/v1/incidents/${incidentId}/sweeps`)
  await planWaiting(server.deps)
  const stream = await follow(asked.body.id)
  const seen = await stream.next(is('planned'))
  expect(seen.map(({ id }) => id)).toEqual(['99999', '100000'])
  await stream.end()
})

test('many followers are one poller, which ends with the last of them', async () => {
  const plan = await plannedBy(scene, ['crowd-60'])
  const streams = await Promise.all([1, 2, 3, 4].map(() => follow(plan.id)))
  await Promise.all(streams.map((each) => each.next(is('planned'))))
  expect(server.deps.feeds.polled()).toBe(1)
  await Promise.all(streams.map((each) => each.end()))
  while (server.deps.feeds.polled() > 0) await scene.rosa.ask('GET', '/healthz')
})

test('a stream says now and then that it is still there', async () => {
  const plan = await plannedBy(scene, ['crowd-61'])
  const stream = await follow(plan.id)
  await stream.comments()
  await stream.end()
})

test('the stream of somebody who is dismissed ends', async () => {
  const plan = await plannedBy(scene, ['crowd-62'])
  await server.signedIn(['admin'])
  const una = await scene.another('reviewer')
  const stream = await follow(plan.id, una)
  await stream.next(is('planned'))
  await inTx(server.world.db, (tx) => dismiss(tx, { id: una.id, actor: 'os:test' }))
  await stream.ended()
})

test('an open stream does not keep its session from idling out', async () => {
  const plan = await plannedBy(scene, ['crowd-63'])
  const una = await scene.another('reviewer')
  const stream = await follow(plan.id, una)
  await stream.next(is('planned'))
  await server.world.db.$executeRaw`
    UPDATE staff_session SET seen_at = now() - interval '16 minutes' WHERE staff_id = ${una.id}`
  await stream.ended()
})

test('somebody follows ten sweeps at once, not eleven', async () => {
  const plan = await plannedBy(scene, ['crowd-64'])
  const una = await scene.another('auditor')
  const streams = await Promise.all(Array.from({ length: 10 }, () => follow(plan.id, una)))
  expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200))
  const eleventh = await follow(plan.id, una)
  expect(eleventh.status).toBe(429)
  await Promise.all(streams.map((each) => each.end()))
})

test('a sweep that is not there is not followed', async () => {
  expect((await follow('swp_none')).status).toBe(404)
})

test('a slow reader misses no state change and costs no memory', async () => {
  const plan = await plannedBy(scene, ['crowd-65'])
  const feeds = openFeeds(server.deps, {
    pollMs: 5,
    heartbeatMs: 5,
    authoriseMs: 1_000,
    stalledMs: 60_000,
  })
  const taken: string[] = []
  let drain = () => {}
  const slow = new Writable({ write: (_chunk, _encoding, done) => done() })
  const leave = feeds.follow({
    sweepId: plan.id,
    actor: 'staff:slow',
    after: 0n,
    sink: {
      write: (text) => {
        taken.push(text)
        return false // after each piece it wants to be asked again
      },
      onDrain: (then) => {
        drain = then
      },
      end: () => void slow.end(),
    },
    authorise: async () => undefined,
  })
  while (taken.length === 0) await scene.rosa.ask('GET', '/healthz')
  await approve(plan)
  for (let round = 0; round < 30; round += 1) {
    await act(
      plan.id,
      round === 0 ? 'start' : round % 2 === 1 ? 'pause' : 'resume',
      round % 2 === 1 ? { reason: 'x' } : undefined,
    )
  }
  expect(taken).toHaveLength(1) // nothing was pushed at it meanwhile
  const wanted = 2 + 1 + 30
  while (taken.filter((text) => text.includes('event: state')).length < wanted) {
    drain()
    await scene.rosa.ask('GET', '/healthz')
  }
  const seen = taken
    .filter((text) => text.includes('event: state'))
    .map((text) => Number(/id: (\d+)/.exec(text)?.[1]))
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
  leave()
  await feeds.close()
})
