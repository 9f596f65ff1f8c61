import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { deliverDue } from '../../src/events/jobs.js'
import { pollSets } from '../../src/events/polling/service.js'
import { disableEndpoint, listDeliveries } from '../../src/events/service.js'
import { openSigner, publicKeys, rotateSigningKey } from '../../src/events/signing/service.js'
import { createTestDatabase } from '../support/database.js'
import { addEndpoint, rotateSecret } from '../support/event-endpoints.js'
import { type EventWorld, happen, makeDue, resetOf } from '../support/events.js'
import { ISSUER, type PublicServer, startPublic } from '../support/public.js'
import { answer, type Receiver, startReceiver } from '../support/receiver.js'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const AUDIENCE = 'https://rp.example'

let server: PublicServer
let world: EventWorld
let receiver: Receiver
beforeAll(async () => {
  server = await startPublic()
  world = { ...server.deps, ...server.database, url: '', outbound: { allowPrivate: true } }
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.close()
  await server.close()
})

const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()
const verify = (jwt: string) =>
  jwtVerify(jwt, createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`)), {
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'secevent+jwt',
    algorithms: ['RS256'],
  })

const poller = () =>
  addEndpoint(world, { format: 'ssf_poll', audience: AUDIENCE, actor: 'os:test' })

type Sets = { sets: Record<string, string>; moreAvailable: boolean }

async function poll(token: string | undefined, body: unknown): Promise<{ status: number } & Sets> {
  const asked = await fetch(`${server.url}/v1/ssf/poll`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(body),
  })
  return { status: asked.status, ...((await asked.json()) as Sets) }
}

test('a receiver that was told the issuer finds keys and delivery methods', async () => {
  expect(await get('/.well-known/ssf-configuration')).toMatchObject({
    spec_version: '1_0',
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
  })
})

test('pushed tokens verify against the served keys, one event each, and say what happened to whom', async () => {
  const { id, secret } = await addEndpoint(world, {
    format: 'ssf_push',
    url: receiver.url,
    audience: AUDIENCE,
    actor: 'os:test',
  })
  receiver.behave = answer(202)
  const completed = { ...resetOf('ann'), kind: 'reset.completed' as const, actor: 'account:ann' }
  await happen(world, [resetOf('ann'), completed])
  expect(await deliverDue(world)).toMatchObject({ accepted: 3 })
  const events: Record<string, unknown>[] = []
  for (const { headers, body } of receiver.received) {
    expect(headers['content-type']).toBe('application/secevent+jwt')
    expect(headers.authorization).toBe(`Bearer ${secret}`)
    const { payload } = await verify(body)
    expect(payload.sub_id).toEqual({ format: 'iss_sub', iss: ISSUER, sub: 'ann' })
    expect([payload.sub, payload.exp]).toEqual([undefined, undefined])
    events.push(payload.events as Record<string, unknown>)
  }
  expect(events.map((each) => Object.keys(each).length)).toEqual([1, 1, 1])
  expect(Object.assign({}, ...events)).toMatchObject({
    'https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required': {
      initiating_entity: 'policy',
    },
    [`${CAEP}session-revoked`]: { initiating_entity: 'policy' },
    [`${CAEP}credential-change`]: {
      initiating_entity: 'user',
      credential_type: 'password',
      change_type: 'update',
    },
  })
  const jtis = (await listDeliveries(world, { endpoint: id })).map((each) => each.id)
  const told = await Promise.all(
    receiver.received.map(async ({ body }) => (await verify(body)).payload.jti),
  )
  expect(told.sort()).toEqual(jtis.sort())
})

test('a refused token is tried again with the same jti, and its error code is kept', async () => {
  receiver.received.length = 0
  receiver.behave = answer(
    400,
    { 'content-type': 'application/json' },
    '{"err":"invalid_key","description":"ann@example.com"}',
  )
  await happen(world, [{ ...resetOf('bob'), kind: 'reset.completed' }])
  await deliverDue(world)
  const [refused] = await listDeliveries(world, { status: 'pending' })
  expect(refused).toMatchObject({ answer: 400, reason: 'invalid_key', attempts: 1 })
  receiver.behave = answer(202)
  await makeDue(world)
  expect(await deliverDue(world)).toMatchObject({ accepted: 1 })
  const [first, second] = await Promise.all(receiver.received.map(({ body }) => verify(body)))
  expect(second?.payload).toEqual(first?.payload)
  await disableEndpoint(world, { id: refused!.endpoint, actor: 'os:test' })
})

test('tokens are polled, and come again until they are acknowledged', async () => {
  const { id, secret } = await poller()
  await happen(world, ['c', 'd'].map(resetOf))
  const first = await poll(secret, { maxEvents: 3, returnImmediately: true })
  expect([first.status, Object.keys(first.sets).length, first.moreAvailable]).toEqual([
    200,
    3,
    true,
  ])
  for (const [jti, set] of Object.entries(first.sets))
    expect((await verify(set)).payload.jti).toBe(jti)
  const again = await poll(secret, { maxEvents: 3 })
  expect(Object.keys(again.sets).sort()).toEqual(Object.keys(first.sets).sort())
  const [one = '', two = '', bad = ''] = Object.keys(first.sets)
  const rest = await poll(secret, {
    ack: [one, two, 'unknown', '00000000-0000-4000-8000-000000000000'],
    setErrs: { [bad]: { err: 'authentication_failed', description: 'no' } },
  })
  expect([Object.keys(rest.sets).length, rest.moreAvailable]).toEqual([1, false])
  const last = await poll(secret, { maxEvents: 0, ack: Object.keys(rest.sets) })
  expect([last.sets, last.moreAvailable]).toEqual([{}, false])
  const settled = await listDeliveries(world, { endpoint: id })
  expect(settled.map(({ status, reason }) => `${status} ${reason}`).sort()).toEqual([
    'accepted null',
    'accepted null',
    'accepted null',
    'dead authentication_failed',
  ])
})

test('a poll that may wait is answered when something happens', async () => {
  const { id, secret } = await poller()
  const asked = poll(secret, { returnImmediately: false })
  await happen(world, [resetOf('e')])
  expect(Object.keys((await asked).sets)).toHaveLength(2)
  const { sets } = await pollSets(world, id, { maxEvents: 1 })
  expect(Object.keys(sets)).toHaveLength(1)
})

test('nobody polls without a live token, and nobody acknowledges for another', async () => {
  const [mine, other] = [await poller(), await poller()]
  await happen(world, [resetOf('f')])
  const { sets } = await poll(mine.secret, {})
  await poll(other.secret, { ack: Object.keys(sets) })
  expect((await poll(mine.secret, {})).sets).toEqual(
    expect.objectContaining(
      Object.fromEntries(Object.keys(sets).map((jti) => [jti, expect.any(String)])),
    ),
  )
  expect((await poll(undefined, {})).status).toBe(401)
  expect((await poll('ces_wrong', {})).status).toBe(401)
  const { secret: fresh } = await rotateSecret(world, {
    id: mine.id,
    actor: 'os:test',
    overlapHours: 1,
  })
  expect((await poll(mine.secret, {})).status).toBe(200)
  expect((await poll(fresh, {})).status).toBe(200)
  await disableEndpoint(world, { id: mine.id, actor: 'os:test' })
  expect((await poll(fresh, {})).status).toBe(401)
  await expect(pollSets(world, mine.id, {})).rejects.toMatchObject({ code: 'not_found' })
})

test.each([
  ['maxEvents', { maxEvents: -1 }],
  ['ack', { ack: 'all' }],
  ['returnImmediately', { returnImmediately: 'yes' }],
  ['setErrs', { setErrs: [] }],
])('a poll whose %s is wrong is refused', async (_member, body) => {
  const { secret } = await poller()
  expect((await poll(secret, body)).status).toBe(400)
})

test('a token signed before the key was replaced still verifies, and private keys are not served', async () => {
  const { secret } = await poller()
  await happen(world, [resetOf('g')])
  const [before = ''] = Object.values((await poll(secret, {})).sets)
  const kid = await rotateSigningKey(world, 'os:test')
  const [after = ''] = Object.values((await poll(secret, {})).sets)
  expect((await verify(after)).protectedHeader.kid).toBe(kid)
  expect((await verify(before)).protectedHeader.kid).not.toBe(kid)
  const { keys } = (await get('/.well-known/jwks.json')) as JSONWebKeySet
  expect(keys).toHaveLength(2)
  for (const key of keys)
    expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('of processes that sign for the first time at once, all use one key', async () => {
  const database = await createTestDatabase()
  const deps = { db: database.db, cipher: world.cipher }
  const claims = {
    iss: 'i',
    aud: 'a',
    jti: 'j',
    iat: 1,
    sub_id: { format: 'iss_sub', iss: 'i', sub: 's' },
    events: {},
  } as const
  const signers = await Promise.all([1, 2, 3].map(() => openSigner(deps)))
  const keys = await publicKeys(deps)
  expect(keys.keys).toHaveLength(1)
  for (const sign of signers) await jwtVerify(await sign(claims), createLocalJWKSet(keys))
  expect(await database.db.auditEvent.count({ where: { kind: 'signing_key.added' } })).toBe(1)
  await database.close()
})

test('a process that is about to stop lets nobody wait', async () => {
  const { id } = await poller()
  const stopping = AbortSignal.abort()
  const polling = pollSets({ ...world, stopping }, id, { returnImmediately: false })
  expect(await polling).toEqual({ sets: {}, moreAvailable: false })
})

test('a receiver that hangs up while it waits ends its poll', async () => {
  const { id } = await poller()
  const gone = new AbortController()
  const polling = pollSets(world, id, { returnImmediately: false, signal: gone.signal })
  gone.abort()
  expect(await polling).toEqual({ sets: {}, moreAvailable: false })
})
