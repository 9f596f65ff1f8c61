import { holdAll, killCredentials, releaseAll } from '../../src/accounts/service.js'
import { inTx } from '../../src/platform/db.js'
import { orderAll } from '../../src/resets/service.js'
import { addKey, revokeKey } from '../../src/staff/keys/service.js'
import { anAccount } from '../support/account.js'
import { type PublicServer, startPublic } from '../support/public.js'

type Answered = { valueHeld: boolean; sessionEpoch: number; type: string }

let server: PublicServer
beforeAll(async () => {
  server = await startPublic()
})
afterAll(() => server.close())

async function standing(id: string, key = server.key) {
  const answer = await fetch(`${server.url}/v1/accounts/${id}/standing`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return { status: answer.status, body: (await answer.json()) as Answered }
}

test('an account nothing was done to may do everything', async () => {
  await anAccount(server.database.db, { id: 'calm' })
  expect(await standing('calm')).toEqual({
    status: 200,
    body: {
      passwordUsable: true,
      resetRequired: false,
      valueHeld: false,
      heldUntil: null,
      sessionEpoch: 0,
    },
  })
})

test('holds and resets show at once', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'held' })
  await inTx(db, (tx) => holdAll(tx, [no, no], 'sweep:s1'))
  expect((await standing('held')).body).toMatchObject({ valueHeld: true, passwordUsable: true })
  await inTx(db, (tx) => orderAll(tx, [{ accountNo: no }], null))
  expect((await standing('held')).body).toEqual({
    passwordUsable: false,
    resetRequired: true,
    valueHeld: true,
    heldUntil: null,
    sessionEpoch: 1,
  })
})

test('a hold is new only once, and ends when released', async () => {
  const { db } = server.database
  const nos = await Promise.all(['h1', 'h2', 'h3'].map((id) => anAccount(db, { id })))
  const sorted = (found: bigint[]) => found.toSorted((a, b) => Number(a - b))
  expect(sorted(await inTx(db, (tx) => holdAll(tx, nos.slice(0, 2), 'os:test')))).toEqual(
    sorted(nos.slice(0, 2)),
  )
  expect(await inTx(db, (tx) => holdAll(tx, nos, 'os:test'))).toEqual(nos.slice(2))
  expect(sorted(await inTx(db, (tx) => releaseAll(tx, nos, 'os:test')))).toEqual(sorted(nos))
  expect(await inTx(db, (tx) => releaseAll(tx, nos, 'os:test'))).toEqual([])
  expect((await standing('h1')).body.valueHeld).toBe(false)
})

test('a hold whose end has passed is over, and a new one is a new one', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'past' })
  await inTx(db, (tx) => holdAll(tx, [no], 'os:test'))
  await db.$executeRaw`UPDATE standing SET held_until = now() - interval '1 second' WHERE account_no = ${no}`
  expect((await standing('past')).body).toMatchObject({ valueHeld: false, heldUntil: null })
  expect(await inTx(db, (tx) => holdAll(tx, [no], 'os:test'))).toEqual([no])
  expect((await standing('past')).body).toMatchObject({ valueHeld: true, heldUntil: null })
})

test('overlapping chunks in opposite order wait for each other instead of deadlocking', async () => {
  const { db } = server.database
  const nos = await Promise.all(
    Array.from({ length: 40 }, (_, i) => anAccount(db, { id: `d${i}` })),
  )
  const chunks = Array.from({ length: 12 }, (_, i) => (i % 2 ? nos : nos.toReversed()))
  await Promise.all(
    chunks.map((chunk, i) =>
      inTx<unknown>(db, (tx) =>
        i % 3 ? killCredentials(tx, chunk) : holdAll(tx, chunk, 'os:test'),
      ),
    ),
  )
  expect((await standing('d0')).body.sessionEpoch).toBe(8)
})

test.each([
  ['no key', undefined],
  ['a wrong key', 'ck_abc_'.padEnd(50, 'x')],
  ['another scheme', 'Basic abc'],
  ['a very long key', `ck_${'a'.repeat(5_000)}`],
])('%s is not let in', async (_case, key) => {
  const answer = await fetch(`${server.url}/v1/accounts/calm/standing`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  })
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ type: 'urn:cordon:problem:unauthenticated' })
})

test('other roles may not, and a revoked key is dead at once', async () => {
  const { deps } = server
  const other = await addKey(deps, { role: 'automation', name: 'ci', actor: 'os:test' })
  expect((await standing('calm', other.key)).status).toBe(403)
  const mine = await addKey(deps, { role: 'platform', name: 'old', actor: 'os:test' })
  expect((await standing('calm', mine.key)).status).toBe(200)
  await revokeKey(deps, { id: mine.id, actor: 'os:test' })
  expect((await standing('calm', mine.key)).status).toBe(401)
  await expect(revokeKey(deps, { id: mine.id, actor: 'os:test' })).rejects.toThrow(/No live key/)
  const events = await deps.db.auditEvent.findMany({ where: { subject: `key:${mine.id}` } })
  expect(events.map((event) => event.kind)).toEqual(['key.added', 'key.revoked'])
})

test('the secret of a webhook can be read again, that of a bearer key cannot', async () => {
  const { deps } = server
  const hook = await addKey(deps, { role: 'ingest', name: 'login', actor: 'os:test' })
  expect(hook.key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const rows = await deps.db.$queryRaw<{ sealed_secret: Uint8Array | null }[]>`
    SELECT sealed_secret FROM api_key ORDER BY role = 'ingest' DESC`
  expect(deps.cipher.open(rows[0]!.sealed_secret!, `key:${hook.id}`)).toBe(hook.key)
  expect(rows.slice(1).every((row) => row.sealed_secret === null)).toBe(true)
  expect((await standing('calm', hook.key)).status).toBe(401)
})

test.each([
  ['unknown', 404],
  ['%00', 400],
  ['%E0%A4%A', 404],
  ['a'.repeat(300), 400],
  [encodeURIComponent("x' OR 1=1 --"), 404],
  ['..%2F..%2Fetc', 404],
])('the id %s is answered with %i', async (id, status) => {
  const answer = await standing(id)
  expect(answer.status).toBe(status)
  expect(answer.body.type).toMatch(/^urn:cordon:problem:/)
})
