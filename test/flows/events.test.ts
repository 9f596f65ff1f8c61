import { Webhook } from 'standardwebhooks'
import { recordAll } from '../../src/audit/service.js'
import { fanOut } from '../../src/events/fanning/service.js'
import { deliverDue, startEvents } from '../../src/events/jobs.js'
import {
  disableEndpoint,
  listDeliveries,
  listEndpoints,
  replayDeliveries,
  tidyDeliveries,
} from '../../src/events/service.js'
import { inTx, openDatabase } from '../../src/platform/db.js'
import { Refusal } from '../../src/platform/errors.js'
import { addEndpoint, rotateSecret } from '../support/event-endpoints.js'
import {
  anEventWorld,
  deliveriesOf,
  type EventWorld,
  fanOutAll,
  happen,
  held,
  makeDue,
  resetOf,
} from '../support/events.js'
import { answer, type Received, type Receiver, startReceiver } from '../support/receiver.js'
import {
  accounts,
  aWorld,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  USD,
} from '../support/world.js'

let world: EventWorld
const receivers: Receiver[] = []
beforeAll(async () => {
  world = await anEventWorld()
})
afterEach(async () => {
  const live = await listEndpoints(world)
  for (const { id, disabledAt } of live)
    if (!disabledAt) await disableEndpoint(world, { id, actor: 'os:test' })
  for (const receiver of receivers.splice(0)) await receiver.close()
})
afterAll(() => world.close())

async function aReceiver(types?: string[]) {
  const receiver = await startReceiver()
  receivers.push(receiver)
  const { id, secret } = await addEndpoint(world, {
    format: 'webhook',
    url: receiver.url,
    types,
    actor: 'os:test',
  })
  return { receiver, id, secret }
}

const verified = (secret: string, { headers, body }: Received) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as {
    type: string
    data: Record<string, unknown>
  }
const statuses = async (id: string) => (await deliveriesOf(world, id)).map(({ status }) => status)
const auditOf = (id: string) =>
  world.db.auditEvent.findMany({
    where: { subject: `endpoint:${id}` },
    orderBy: { id: 'asc' },
    select: { kind: true, actor: true, detail: true },
  })

test('what happens is told once, signed, and verifies with the library of the standard', async () => {
  const { receiver, id, secret } = await aReceiver()
  await happen(world, [held('ann'), resetOf('ann'), { ...held('ann'), kind: 'mail.accepted' }])
  expect(await deliverDue(world)).toMatchObject({ accepted: 2, retry: 0, dead: 0 })
  const told = receiver.received.map((each) => verified(secret, each))
  expect(told.map(({ type, data }) => [type, data])).toEqual(
    expect.arrayContaining([
      ['account.held', { account: 'ann', initiator: 'policy', sweep: 'swp_1' }],
      ['account.reset_ordered', { account: 'ann', initiator: 'policy', sweep: 'swp_1', epoch: 2 }],
    ]),
  )
  await fanOutAll(world)
  expect(await deliverDue(world)).toMatchObject({ accepted: 0 })
  expect(await statuses(id)).toEqual(['accepted', 'accepted'])
})

test('an endpoint is told of all that commits after it was added, of its types only', async () => {
  await happen(world, [held('before')])
  const { receiver, secret } = await aReceiver(['account.held'])
  await happen(world, [held('after'), resetOf('after')])
  await deliverDue(world)
  const told = receiver.received.map((each) => verified(secret, each).data.account)
  // A transaction that is open elsewhere on the server keeps what is younger than it: told once too often.
  expect(told.filter((account) => account !== 'before')).toEqual(['after'])
})

test('an event that commits late, behind younger ones, is not lost', async () => {
  const { receiver, secret } = await aReceiver()
  const other = await openDatabase(world.url, 2)
  await inTx(other.db, async (tx) => {
    await recordAll(tx, [held('late')])
    await inTx(world.db, (young) => recordAll(young, [held('young')]))
    await fanOut(world)
    expect((await deliverDue(world)).accepted).toBe(0)
  })
  await fanOutAll(world)
  await deliverDue(world)
  const told = receiver.received.map((each) => verified(secret, each).data.account)
  expect(told.sort()).toEqual(['late', 'young'])
  await other.close()
})

test('a failure is tried again after its wait, under the same id, until it is accepted', async () => {
  const { receiver, id, secret } = await aReceiver()
  receiver.behave = answer(500)
  await happen(world, [held('bob')])
  expect(await deliverDue(world)).toMatchObject({ accepted: 0, retry: 1 })
  expect(await deliverDue(world)).toMatchObject({ accepted: 0, retry: 0 })
  const [waits] = await world.db.$queryRaw<{ seconds: number }[]>`
    SELECT extract(epoch FROM not_before - now())::float8 AS seconds FROM event_delivery WHERE status = 'pending'`
  expect(waits?.seconds).toBeGreaterThan(4)
  expect(waits?.seconds).toBeLessThan(6.1)
  await makeDue(world)
  receiver.behave = answer(204)
  expect(await deliverDue(world)).toMatchObject({ accepted: 1 })
  const [first, second] = receiver.received
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(verified(secret, second!).data.account).toBe('bob')
  expect(await deliveriesOf(world, id)).toMatchObject([
    { status: 'accepted', attempts: 2, answer: 204 },
  ])
})

test('a receiver that is down and comes up again misses nothing', async () => {
  const { receiver, id } = await aReceiver()
  await receiver.down()
  await happen(world, ['a', 'b', 'c'].map(held))
  expect(await deliverDue(world)).toMatchObject({ retry: 3 })
  expect((await deliveriesOf(world, id))[0]).toMatchObject({ reason: 'ECONNREFUSED', answer: null })
  await receiver.up()
  await makeDue(world)
  expect(await deliverDue(world)).toMatchObject({ accepted: 3 })
})

test('what failed ten times is dead, and can be replayed by id, by endpoint or by time', async () => {
  const { receiver, id } = await aReceiver()
  receiver.behave = answer(500)
  await happen(world, ['d', 'e', 'f'].map(held))
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    await makeDue(world)
    await deliverDue(world)
  }
  expect(await statuses(id)).toEqual(['dead', 'dead', 'dead'])
  expect(receiver.received).toHaveLength(30)
  receiver.behave = answer(204)
  const [dead] = await listDeliveries(world, { endpoint: id, status: 'dead' })
  expect(await replayDeliveries(world, { ids: [dead!.id], actor: 'os:ann' })).toBe(1)
  expect(await deliverDue(world)).toMatchObject({ accepted: 1 })
  expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(dead!.id)
  const future = new Date(Date.now() + 3_600_000)
  expect(await replayDeliveries(world, { endpoint: id, from: future, actor: 'os:ann' })).toBe(0)
  expect(await replayDeliveries(world, { endpoint: id, to: future, actor: 'os:ann' })).toBe(2)
  await deliverDue(world)
  expect(await statuses(id)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(await auditOf(id)).toMatchObject([
    { kind: 'endpoint.added' },
    { kind: 'endpoint.replayed', actor: 'os:ann', detail: { deliveries: 1 } },
    { kind: 'endpoint.replayed', actor: 'os:ann', detail: { deliveries: 2 } },
  ])
  await expect(replayDeliveries(world, { actor: 'os:ann' })).rejects.toThrow(Refusal)
  await expect(replayDeliveries(world, { ids: ['x'], actor: 'os:ann' })).rejects.toThrow(Refusal)
})

test('410 ends the endpoint, and what it was not told stays as dead letters', async () => {
  const { receiver, id } = await aReceiver()
  receiver.behave = answer(410)
  await happen(world, ['g', 'h'].map(held))
  await deliverDue(world)
  await happen(world, [held('i')])
  expect(await deliverDue(world)).toMatchObject({ accepted: 0 })
  expect(await statuses(id)).toEqual(['dead', 'dead'])
  const [, ended] = await auditOf(id)
  expect(ended).toMatchObject({
    kind: 'endpoint.disabled',
    actor: 'cordon',
    detail: { because: 'gone' },
  })
  expect((await listEndpoints(world)).find((each) => each.id === id)?.disabledBecause).toBe('gone')
})

test('a redirect is a failure and is not followed', async () => {
  const { receiver, id } = await aReceiver()
  const inner = await startReceiver()
  receivers.push(inner)
  receiver.behave = answer(307, { location: inner.url })
  await happen(world, [held('j')])
  expect(await deliverDue(world)).toMatchObject({ retry: 1 })
  expect(inner.received).toEqual([])
  expect(await deliveriesOf(world, id)).toMatchObject([{ answer: 307, status: 'pending' }])
})

test('while a secret is replaced both sign, and after the overlap the old one does not', async () => {
  const { receiver, id, secret } = await aReceiver()
  const { secret: fresh } = await rotateSecret(world, { id, actor: 'os:ann', overlapHours: 24 })
  await happen(world, [held('k')])
  await deliverDue(world)
  const [both] = receiver.received
  expect(verified(secret, both!)).toEqual(verified(fresh, both!))
  await world.db
    .$executeRaw`UPDATE event_secret SET expires_at = now() WHERE expires_at IS NOT NULL`
  await happen(world, [held('k')])
  await deliverDue(world)
  const newest = receiver.received.at(-1)!
  expect(verified(fresh, newest).data.account).toBe('k')
  expect(() => verified(secret, newest)).toThrow()
  const { secret: stolen } = await rotateSecret(world, { id, actor: 'os:ann', overlapHours: 0 })
  await happen(world, [held('k')])
  await deliverDue(world)
  expect(() => verified(fresh, receiver.received.at(-1)!)).toThrow()
  expect(verified(stolen, receiver.received.at(-1)!).data.account).toBe('k')
  await expect(rotateSecret(world, { id, actor: 'os:ann', overlapHours: 1e9 })).rejects.toThrow(
    Refusal,
  )
})

test('of many who deliver at once each message is accepted exactly once', async () => {
  const { receiver, id } = await aReceiver()
  const many = Array.from({ length: 400 }, (_, index) => held(`m${index}`))
  const other = await openDatabase(world.url)
  const couriers = [world, { ...world, db: other.db }, world]
  await inTx(world.db, (tx) => recordAll(tx, many))
  await Promise.all(couriers.map((courier) => fanOut(courier)))
  await fanOutAll(world)
  const counts = await Promise.all(couriers.map((courier) => deliverDue(courier)))
  await other.close()
  expect(counts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(400)
  expect(receiver.received).toHaveLength(400)
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(400)
  expect(new Set(await statuses(id))).toEqual(new Set(['accepted']))
})

test('a receiver that never answers holds up nobody else', async () => {
  const slow = await aReceiver()
  const quick = await aReceiver()
  slow.receiver.behave = () => undefined
  await happen(
    world,
    Array.from({ length: 100 }, (_, index) => held(`s${index}`)),
  )
  const stop = new AbortController()
  let latest = (): void => undefined
  const all = new Promise<void>((resolve) => {
    latest = resolve
  })
  quick.receiver.behave = (_received, res) => {
    res.writeHead(204).end()
    if (quick.receiver.received.length === 100) latest()
  }
  const delivering = deliverDue(world, stop.signal)
  await all
  expect(slow.receiver.received.length).toBeLessThanOrEqual(8)
  stop.abort()
  const counts = await delivering
  expect(counts).toMatchObject({ accepted: 100, cut: 8 })
  expect((await deliveriesOf(world, slow.id)).every(({ attempts }) => attempts === 0)).toBe(true)
}, 30_000)

test('a receiver that fails is asked one at a time until it accepts again', async () => {
  const { receiver } = await aReceiver()
  const waiting: (() => void)[] = []
  let open = 0
  let mostAfter = 0
  receiver.behave = (_received, res) => {
    open += 1
    const isFirst = receiver.received.length <= 8
    if (!isFirst) mostAfter = Math.max(mostAfter, open)
    waiting.push(() => {
      open -= 1
      res.writeHead(503).end()
    })
    if (!isFirst || receiver.received.length === 8) for (const fail of waiting.splice(0)) fail()
  }
  await happen(
    world,
    Array.from({ length: 20 }, (_, index) => held(`t${index}`)),
  )
  expect(await deliverDue(world)).toMatchObject({ retry: 20 })
  expect(mostAfter).toBe(1)
})

test('a URL that leads inside is refused when it is added and where it connects', async () => {
  const strict = { ...world, outbound: { allowPrivate: false } }
  const adding = addEndpoint(strict, {
    format: 'webhook',
    url: 'https://10.0.0.1/',
    actor: 'os:test',
  })
  await expect(adding).rejects.toMatchObject({ code: 'url_refused' })
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const { id } = await addEndpoint(strict, {
    format: 'webhook',
    url: 'https://rebound.example/',
    actor: 'os:test',
  })
  await happen(world, [held('n')])
  await deliverDue({ ...world, outbound: { allowPrivate: false, resolve } })
  expect(await deliveriesOf(world, id)).toMatchObject([
    { status: 'pending', reason: 'address_refused' },
  ])
})

test('no secret of an endpoint stands in the database or the audit as it is', async () => {
  const { id, secret } = await aReceiver()
  const rows = await world.db.$queryRaw<{ text: string }[]>`
    SELECT e::text AS text FROM event_endpoint e UNION ALL SELECT convert_from(sealed_secret, 'LATIN1') FROM event_secret
      WHERE sealed_secret IS NOT NULL AND position('\\x00'::bytea IN sealed_secret) = 0
    UNION ALL SELECT detail::text FROM audit_event`
  const bare = secret.replace('whsec_', '')
  expect(rows.filter(({ text }) => text.includes(bare))).toEqual([])
  expect(JSON.stringify(await listEndpoints(world))).not.toContain(bare)
  expect(id).toMatch(/^evp_/)
})

test('what was settled a month ago is forgotten', async () => {
  const { id } = await aReceiver()
  await happen(world, [held('o'), held('p')])
  await deliverDue(world)
  const [old] = await deliveriesOf(world, id)
  await world.db.$executeRaw`
    UPDATE event_delivery SET settled_at = now() - interval '31 days' WHERE id = ${old!.id}::uuid`
  await tidyDeliveries(world)
  expect(await deliveriesOf(world, id)).toHaveLength(1)
})

test('a worker tells by itself, soon, and stops without leaving anything in flight', async () => {
  const { receiver, id, secret } = await aReceiver()
  const errors: unknown[] = []
  const worker = startEvents(world, () => (error) => errors.push(error))
  const told = new Promise<Received>((resolve) => {
    receiver.behave = (received, res) => {
      res.writeHead(204).end()
      resolve(received)
    }
  })
  await inTx(world.db, (tx) => recordAll(tx, [held('q')]))
  expect(verified(secret, await told).data.account).toBe('q')
  await worker.close()
  expect(await statuses(id)).toEqual(['accepted'])
  expect(errors).toEqual([])
})

test('a sweep tells whom it held and reset, and neither addresses nor balances leave', async () => {
  const sweeping = await aWorld()
  const events = { ...world, ...sweeping }
  const receiver = await startReceiver()
  receivers.push(receiver)
  const { secret } = await addEndpoint(events, {
    format: 'webhook',
    url: receiver.url,
    actor: 'os:test',
  })
  await accounts(sweeping, [risky('one', { balance: USD('98765.43') }), risky('two')])
  const scene = { title: 'Index mail to ann@shop.example', lists: [linesOf(['one', 'two'])] }
  const sweepId = await started(sweeping, await planned(sweeping, scene))
  await runAll(sweeping, sweepId)
  await fanOutAll(events)
  await deliverDue(events)
  const told = receiver.received.map((each) => verified(secret, each))
  const types = new Set(told.map(({ type }) => type))
  for (const type of ['sweep.planned', 'sweep.approved', 'sweep.started', 'sweep.finished'])
    expect(types).toContain(type)
  const reset = told.filter(({ type }) => type === 'account.reset_ordered')
  expect(reset.map(({ data }) => [data.account, data.sweep]).sort()).toEqual([
    ['one', sweepId],
    ['two', sweepId],
  ])
  const bodies = receiver.received
    .map(({ body }) => body)
    .join()
    .replaceAll('exposed-addresses@1', '')
  expect(bodies).not.toMatch(/@|shop\.example|98765|os:test/)
  await sweeping.close()
})

test('20,000 audit rows are fanned out with one statement a page', async () => {
  const { id } = await aReceiver()
  await world.db.$executeRaw`
    INSERT INTO audit_event (kind, actor, subject, detail)
    SELECT CASE n % 2 WHEN 0 THEN 'account.held' ELSE 'mail.accepted' END, 'cordon', 'account:' || n, '{}'
    FROM generate_series(1, 20000) n`
  const startedAt = performance.now()
  await fanOutAll(world)
  const seconds = (performance.now() - startedAt) / 1_000
  process.stdout.write(`fan-out: ${Math.round(20_000 / seconds)} audit rows/s\n`)
  expect(await deliveriesOf(world, id)).toHaveLength(10_000)
  expect(20_000 / seconds).toBeGreaterThan(5_000)
})
