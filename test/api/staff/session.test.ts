import { request } from 'node:http'
import { generateSync } from 'otplib'
import {
  type Browser,
  cookieOf,
  PASSWORD,
  type StaffServer,
  startStaff,
} from '../../support/staff.js'

let server: StaffServer
beforeAll(async () => {
  server = await startStaff()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.world.db.$executeRaw`DELETE FROM sign_in_wait`
})

const signIn = (email: string, password: string, totp: string) =>
  server.ask('POST', '/v1/session', { email, password, totp })
const kinds = async (id: string) =>
  (
    await server.world.db.auditEvent.findMany({
      where: { subject: `staff:${id}` },
      orderBy: { id: 'asc' },
    })
  ).map(({ kind }) => kind)
const age = (which: string, interval: string, of: Browser) =>
  server.world.db.$executeRawUnsafe(
    `UPDATE staff_session SET ${which} = now() - interval '${interval}' WHERE staff_id = '${of.id}'`,
  )

test('password and second factor open a session whose cookie only this origin gets', async () => {
  const mara = await server.enrolled(['reviewer'])
  const answer = await signIn(mara.email.toUpperCase(), PASSWORD, await mara.code())
  expect(answer.status).toBe(201)
  expect(answer.body.staff).toEqual({
    id: mara.id,
    email: mara.email,
    name: expect.any(String),
    roles: ['reviewer'],
  })
  expect(answer.body.may).toContain('case.decide')
  expect(answer.body.may).not.toContain('sweep.approve')
  expect(answer.headers.get('set-cookie')).toMatch(
    /^__Host-cordon=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/,
  )
  const who = await server.ask('GET', '/v1/session', undefined, { cookie: cookieOf(answer) })
  expect(who.body.id).toBe(answer.body.id)
  expect(await kinds(mara.id)).toEqual(['staff.invited', 'staff.enrolled', 'staff.signed_in'])
})

test('the token is nowhere in the database', async () => {
  const somebody = await server.signedIn(['auditor'])
  const token = somebody.cookie.split('=')[1]!
  const [row] = await server.world.db.$queryRaw<{ found: string }[]>`
    SELECT string_agg(s::text, '') || (SELECT string_agg(e::text, '') FROM audit_event e) AS found FROM staff_session s`
  expect(row!.found).not.toContain(token)
})

test('nobody, a wrong password and a wrong code are refused alike', async () => {
  const ann = await server.enrolled(['reviewer'])
  const answers = [
    await signIn('nobody@cordon.example', PASSWORD, '123456'),
    await signIn('not an address', PASSWORD, '123456'),
    await signIn(ann.email, 'wrong horse battery staple', await ann.code()),
    await signIn(ann.email, PASSWORD, '000000'),
  ]
  for (const { status, body, headers } of answers) {
    expect({ status, ...body, instance: '' }).toEqual({
      status: 401,
      type: 'urn:cordon:problem:sign_in_failed',
      title: expect.any(String),
      detail: 'The address, the password or the code is not right.',
      instance: '',
    })
    expect(headers.get('set-cookie')).toBeNull()
  }
  expect((await kinds(ann.id)).filter((kind) => kind === 'staff.sign_in_failed')).toHaveLength(2)
  expect(await kinds('unknown')).toContain('staff.sign_in_failed')
})

test('NUL, which no text may hold, is refused where it stands', async () => {
  const answer = await signIn('mara\0@cordon.example', PASSWORD, '123456')
  expect([answer.status, answer.body.errors]).toEqual([
    400,
    [{ path: 'body.email', message: 'holds control characters' }],
  ])
})

test('of 50 parallel uses of one code exactly one signs in', async () => {
  const eve = await server.enrolled(['reviewer'])
  const code = await eve.code()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => signIn(eve.email, PASSWORD, code)),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(new Set(statuses)).toEqual(new Set([201, 401, ...(statuses.includes(429) ? [429] : [])]))
  expect(
    await server.world.db.$queryRaw`
    SELECT count(*)::int AS n FROM staff_session WHERE staff_id = ${eve.id}`,
  ).toEqual([{ n: 1 }])
})

test('each recovery code works once, also when two use it at once', async () => {
  const rob = await server.enrolled(['reviewer'])
  const [first, second] = rob.recoveryCodes as [string, string]
  const both = await Promise.all([1, 2].map(() => signIn(rob.email, PASSWORD, first.toLowerCase())))
  expect(both.map(({ status }) => status).sort()).toEqual([201, 401])
  expect((await signIn(rob.email, PASSWORD, second)).status).toBe(201)
})

test('after free failures each one more waits longer, and the wait says how long', async () => {
  const bob = await server.enrolled(['reviewer'])
  for (let failed = 0; failed < 4; failed += 1) {
    expect((await signIn(bob.email, 'x', '000000')).status).toBe(401)
  }
  expect((await signIn(bob.email, 'x', '000000')).status).toBe(401)
  const waiting = await signIn(bob.email, PASSWORD, await bob.code())
  expect(waiting.status).toBe(429)
  expect(Number(waiting.headers.get('retry-after'))).toBeGreaterThan(25)
  await server.world.db.$executeRaw`UPDATE sign_in_wait SET until_at = now()`
  expect((await signIn(bob.email, PASSWORD, await bob.code())).status).toBe(201)
})

test('strangers who fail elsewhere do not lock out who signed in from here before', async () => {
  const ida = await server.signedIn(['reviewer'])
  const elsewhere = (email: string, password: string, totp: string) =>
    postFrom('127.0.9.1', { email, password, totp })
  for (let failed = 0; failed < 21; failed += 1) {
    expect(await elsewhere(ida.email, 'x', '000000')).toBe(401)
    await server.world.db.$executeRaw`UPDATE sign_in_wait SET until_at = now() WHERE failures < 21`
  }
  expect(await elsewhere(ida.email, PASSWORD, await ida.code())).toBe(429)
  expect((await signIn(ida.email, PASSWORD, await ida.code())).status).toBe(201)
})

/** From another network of this machine's loopback. */
const postFrom = (localAddress: string, body: object) =>
  new Promise<number>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    request(`${server.url}/v1/session`, { method: 'POST', localAddress, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
      .on('error', reject)
      .end(JSON.stringify(body))
  })

test('a session ends when it idles, when it is old, when its holder signs out', async () => {
  const idle = await server.signedIn(['auditor'])
  expect((await idle.ask('GET', '/v1/session')).status).toBe(200)
  await age('seen_at', '16 minutes', idle)
  expect((await idle.ask('GET', '/v1/session')).status).toBe(401)
  const old = await server.signedIn(['auditor'])
  await age('created_at', '481 minutes', old)
  expect((await old.ask('GET', '/v1/session')).status).toBe(401)
  const done = await server.signedIn(['auditor'])
  expect((await done.ask('DELETE', '/v1/session')).status).toBe(204)
  expect((await done.ask('GET', '/v1/session')).status).toBe(401)
})

test('looking keeps a session from idling out', async () => {
  const busy = await server.signedIn(['auditor'])
  await age('seen_at', '14 minutes', busy)
  expect((await busy.ask('GET', '/v1/session')).status).toBe(200)
  const [row] = await server.world.db.$queryRaw<{ fresh: boolean }[]>`
    SELECT seen_at > now() - interval '1 minute' AS fresh FROM staff_session WHERE staff_id = ${busy.id}`
  expect(row!.fresh).toBe(true)
})

test('a grave act wants a fresh factor; showing it renews the token', async () => {
  const admin = await server.signedIn(['admin'])
  const key = { role: 'platform', name: 'backend' }
  expect((await admin.ask('POST', '/v1/keys', key)).status).toBe(201)
  await age('factor_at', '6 minutes', admin)
  const refused = await admin.ask('POST', '/v1/keys', key)
  expect([refused.status, refused.body.type]).toEqual([403, 'urn:cordon:problem:step_up_required'])
  expect((await admin.ask('GET', '/v1/session/factor')).status).toBe(403)
  expect((await admin.ask('POST', '/v1/session/factor', { totp: '000000' })).status).toBe(401)
  const stepped = await admin.ask('POST', '/v1/session/factor', { totp: await admin.code() })
  expect(stepped.status).toBe(200)
  expect((await admin.ask('GET', '/v1/session')).status).toBe(401)
  const cookie = cookieOf(stepped)
  expect((await server.ask('POST', '/v1/keys', key, { cookie })).status).toBe(201)
})

test('somebody sees and ends their own sessions, an admin anybody’s', async () => {
  const one = await server.signedIn(['reviewer'])
  const again = await signIn(one.email, PASSWORD, await one.code())
  const list = await one.ask('GET', '/v1/sessions')
  expect(list.body.items).toHaveLength(2)
  const other = list.body.items.find(({ isThisOne }: { isThisOne: boolean }) => !isThisOne)
  expect((await one.ask('DELETE', `/v1/sessions/${other.id}`)).status).toBe(204)
  const dead = await server.ask('GET', '/v1/session', undefined, { cookie: cookieOf(again) })
  expect(dead.status).toBe(401)
  const stranger = await server.signedIn(['reviewer'])
  const mine = list.body.items.find(({ isThisOne }: { isThisOne: boolean }) => isThisOne)
  expect((await stranger.ask('DELETE', `/v1/sessions/${mine.id}`)).status).toBe(404)
  expect((await one.ask('GET', '/v1/session')).status).toBe(200)
  const admin = await server.signedIn(['admin'])
  expect((await admin.ask('DELETE', `/v1/staff/sessions/${mine.id}`)).status).toBe(204)
  expect((await one.ask('GET', '/v1/session')).status).toBe(401)
})

test.each([
  ['another site by fetch metadata', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a sibling site', { 'sec-fetch-site': 'same-site' }, 403],
  ['another origin', { origin: 'https://evil.example' }, 403],
  ['no origin at all', { origin: 'null' }, 403],
  ['its own pages', { 'sec-fetch-site': 'same-origin' }, 204],
])('a request that changes something, from %s', async (_case, headers, status) => {
  const somebody = await server.signedIn(['auditor'])
  expect((await somebody.ask('DELETE', '/v1/session', undefined, headers)).status).toBe(status)
})

test.each([
  ['two cookies of that name', (cookie: string) => `${cookie}; ${cookie}`],
  ['a name that ends alike', (cookie: string) => `x${cookie}`],
  ['a token cut short', (cookie: string) => cookie.slice(0, -1)],
])('%s is no session', async (_case, bend) => {
  const somebody = await server.signedIn(['auditor'])
  const answer = await server.ask('GET', '/v1/session', undefined, {
    cookie: bend(somebody.cookie),
  })
  expect(answer.status).toBe(401)
})

test('a code of the future or the past is no code of now', async () => {
  const tom = await server.enrolled(['reviewer'])
  await tom.code()
  const at = (seconds: number) =>
    generateSync({ secret: tom.secret, epoch: Math.floor(Date.now() / 1000) + seconds })
  expect((await signIn(tom.email, PASSWORD, at(95))).status).toBe(401)
  expect((await signIn(tom.email, PASSWORD, at(-95))).status).toBe(401)
})

test('behind a trusted proxy the caller’s own network is what waits, and nobody else is believed', async () => {
  const behind = await startStaff(undefined, { trustedProxies: ['127.0.0.1'] })
  try {
    const from = (ip: string) =>
      behind.ask(
        'POST',
        '/v1/session',
        { email: 'nobody@cordon.example', password: 'x', totp: '000000' },
        { 'x-forwarded-for': `192.0.2.99, ${ip}` },
      )
    for (let failed = 0; failed < 5; failed += 1)
      expect((await from('198.51.100.7')).status).toBe(401)
    expect((await from('198.51.100.7')).status).toBe(429)
    expect((await from('203.0.113.7')).status).toBe(401)
    const rows = await behind.world.db.auditEvent.findMany({
      where: { kind: 'staff.sign_in_failed' },
    })
    expect(new Set(rows.map(({ detail }) => (detail as { ip: string }).ip))).toEqual(
      new Set(['198.51.100.7', '203.0.113.7']),
    )
  } finally {
    await behind.close()
  }
})
