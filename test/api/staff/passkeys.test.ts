import type { StaffRole } from '../../../src/contract/acts.js'
import { type Authenticator, authenticator, type Bent } from '../../support/authenticator.js'
import {
  askAt,
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

const SIGN_IN = '/v1/session/passkey'
const STEP_UP = '/v1/session/factor/passkey'

/** Somebody signed in, who has made a passkey. */
async function holder(roles: StaffRole[] = ['reviewer'], options = {}) {
  const browser = await server.signedIn(roles)
  const passkey = authenticator(server.url, options)
  const answer = await register(browser, passkey)
  expect(answer.status).toBe(201)
  return { browser, passkey }
}

async function register(browser: Browser, passkey: Authenticator, bent: Bent = {}) {
  const { body } = await browser.ask('POST', '/v1/passkeys/options')
  const credential = passkey.create(body, bent)
  return browser.ask('POST', '/v1/passkeys', { name: 'My laptop', credential })
}

const challenged = async (ask = server.ask, path = SIGN_IN) =>
  (await ask('POST', `${path}/options`)).body

async function signIn(passkey: Authenticator, bent: Bent = {}, besides: object = {}) {
  const credential = passkey.get(await challenged(), bent)
  return server.ask('POST', SIGN_IN, { credential, ...besides })
}

async function stepUp(browser: Browser, passkey: Authenticator, bent: Bent = {}) {
  const credential = passkey.get(await challenged(browser.ask, STEP_UP), bent)
  return browser.ask('POST', STEP_UP, { credential })
}

const kinds = async (id: string) =>
  (await server.world.db.auditEvent.findMany({ where: { subject: `staff:${id}` } })).map(
    ({ kind }) => kind,
  )
const codeOf = ({ status, body }: { status: number; body: { type?: string } }) => [
  status,
  body.type?.replace('urn:cordon:problem:', ''),
]

test('a passkey that checked its holder signs in alone', async () => {
  const { browser, passkey } = await holder()
  const answer = await signIn(passkey)
  expect(answer.status).toBe(201)
  expect(answer.body.staff.id).toBe(browser.id)
  const who = await askAt(server.url, { cookie: cookieOf(answer) })('GET', '/v1/sessions')
  expect(who.body.items.map(({ factor }: { factor: string }) => factor).sort()).toEqual([
    'passkey',
    'totp',
  ])
  expect(await kinds(browser.id)).toEqual(
    expect.arrayContaining(['staff.passkey_added', 'staff.signed_in']),
  )
})

test('a passkey that checked nobody signs in beside the password only', async () => {
  const { browser, passkey } = await holder()
  const unverified = { isUserVerified: false }
  expect(codeOf(await signIn(passkey, unverified))).toEqual([401, 'sign_in_failed'])
  const { email } = browser
  const beside = (password: string) => signIn(passkey, unverified, { email, password })
  expect(codeOf(await beside('not the password at all'))).toEqual([401, 'sign_in_failed'])
  expect((await beside(PASSWORD)).status).toBe(201)
})

test('a password and somebody else’s passkey do not go together', async () => {
  const { browser } = await holder()
  const other = await holder()
  const besides = { email: browser.email, password: PASSWORD }
  expect(codeOf(await signIn(other.passkey, {}, besides))).toEqual([401, 'sign_in_failed'])
})

test('guesses at the password do not delay a passkey that signs in alone', async () => {
  const { browser, passkey } = await holder()
  const guess = { email: browser.email, password: 'x', totp: '000000' }
  for (let failed = 0; failed < 5; failed += 1) await server.ask('POST', '/v1/session', guess)
  expect((await server.ask('POST', '/v1/session', guess)).status).toBe(429)
  const besides = { email: browser.email, password: PASSWORD }
  expect((await signIn(passkey, {}, besides)).status).toBe(429)
  expect((await signIn(passkey)).status).toBe(201)
})

test('showing a passkey again lets grave acts through and renews the token', async () => {
  const { browser, passkey } = await holder(['admin'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${browser.id}`
  const key = { role: 'platform', name: 'backend' }
  expect(codeOf(await browser.ask('POST', '/v1/keys', key))).toEqual([403, 'step_up_required'])
  const answer = await stepUp(browser, passkey)
  expect(answer.status).toBe(200)
  expect((await browser.ask('GET', '/v1/session')).status).toBe(401)
  const stepped = askAt(server.url, { cookie: cookieOf(answer) })
  expect((await stepped('POST', '/v1/keys', key)).status).toBe(201)
})

test('making and removing passkeys wants a fresh factor, looking and renaming does not', async () => {
  const { browser, passkey } = await holder()
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${browser.id}`
  const path = `/v1/passkeys/${passkey.id}`
  const asked = {
    offer: await browser.ask('POST', '/v1/passkeys/options'),
    add: await browser.ask('POST', '/v1/passkeys', {}),
    remove: await browser.ask('DELETE', path),
  }
  for (const answer of Object.values(asked)) {
    expect(codeOf(answer)).toEqual([403, 'step_up_required'])
  }
  expect((await browser.ask('PATCH', path, { name: 'Phone' })).body).toMatchObject({
    name: 'Phone',
  })
  const list = await browser.ask('GET', '/v1/passkeys')
  expect(list.body.items).toEqual([
    { id: passkey.id, name: 'Phone', createdAt: expect.any(String), usedAt: null },
  ])
})

test.each<[string, Bent]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['another port of the same host', { origin: 'http://127.0.0.1:1' }],
  ['another site', { rpId: 'evil.example' }],
  ['a challenge nobody gave', { challenge: 'bm9ib2R5IGdhdmUgdGhpcyBjaGFsbGVuZ2U' }],
  ['a page inside another site’s', { crossOrigin: true }],
  ['nobody present', { isUserPresent: false }],
  ['the other ceremony', { type: 'webauthn.create' }],
  ['another holder', { userHandle: Buffer.from('stf_somebodyelse').toString('base64url') }],
])('a passkey that signed for %s opens nothing', async (_case, bent) => {
  const { browser, passkey } = await holder()
  expect(codeOf(await signIn(passkey, bent))).toEqual([401, 'sign_in_failed'])
  expect(codeOf(await stepUp(browser, passkey, bent))).toEqual([401, 'sign_in_failed'])
  expect((await signIn(passkey)).status).toBe(201)
})

test.each<[string, Bent]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['another site', { rpId: 'evil.example' }],
  ['a challenge nobody gave', { challenge: 'bm9ib2R5IGdhdmUgdGhpcyBjaGFsbGVuZ2U' }],
  ['the other ceremony', { type: 'webauthn.get' }],
  ['a page inside another site’s', { crossOrigin: true }],
])('a passkey made for %s is not kept', async (_case, bent) => {
  const browser = await server.signedIn(['reviewer'])
  const answer = await register(browser, authenticator(server.url), bent)
  expect(codeOf(answer)).toEqual([422, 'second_factor_wrong'])
  expect((await browser.ask('GET', '/v1/passkeys')).body.items).toEqual([])
})

test('of 50 parallel uses of one assertion exactly one signs in', async () => {
  const { passkey } = await holder()
  const credential = passkey.get(await challenged())
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => server.ask('POST', SIGN_IN, { credential })),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(statuses.filter((status) => status === 401)).toHaveLength(49)
})

test('of 50 parallel uses of one challenge by a passkey that does not count, one signs in', async () => {
  const { passkey } = await holder(['reviewer'], { counts: false })
  const options = await challenged()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      server.ask('POST', SIGN_IN, { credential: passkey.get(options) }),
    ),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect((await signIn(passkey)).status).toBe(201)
})

test('a failed answer spends its challenge too', async () => {
  const { passkey } = await holder()
  const options = await challenged()
  const tryWith = (bent: Bent) =>
    server.ask('POST', SIGN_IN, { credential: passkey.get(options, bent) })
  expect((await tryWith({ origin: 'https://evil.example' })).status).toBe(401)
  expect((await tryWith({})).status).toBe(401)
})

test('a challenge ends after five minutes, and is forgotten', async () => {
  const { passkey } = await holder()
  const options = await challenged()
  const [row] = await server.world.db.$queryRaw<{ minutes: number }[]>`
    SELECT extract(epoch FROM expires_at - now())::float8 / 60 AS minutes FROM passkey_challenge
    WHERE challenge = ${options.challenge}`
  expect(row?.minutes).toBeGreaterThan(4.5)
  expect(row?.minutes).toBeLessThanOrEqual(5)
  await server.world.db.$executeRaw`
    UPDATE passkey_challenge SET expires_at = now() WHERE challenge = ${options.challenge}`
  const credential = passkey.get(options)
  expect((await server.ask('POST', SIGN_IN, { credential })).status).toBe(401)
})

test('a challenge serves the purpose and the person it was given for', async () => {
  const { browser, passkey } = await holder()
  const other = await server.signedIn(['reviewer'])
  const forSignIn = await challenged()
  const forStepUp = await challenged(browser.ask, STEP_UP)
  const forOther = await challenged(other.ask, STEP_UP)
  const answers = [
    await browser.ask('POST', STEP_UP, { credential: passkey.get(forSignIn) }),
    await server.ask('POST', SIGN_IN, { credential: passkey.get(forStepUp) }),
    await browser.ask('POST', STEP_UP, { credential: passkey.get(forOther) }),
  ]
  for (const answer of answers) expect(codeOf(answer)).toEqual([401, 'sign_in_failed'])
})

test('somebody else’s passkey does not step up a session', async () => {
  const { browser } = await holder()
  const other = await holder()
  expect(codeOf(await stepUp(browser, other.passkey))).toEqual([401, 'sign_in_failed'])
})

test.each([1, 4, 5])(
  'a counter of %i after 5 is a copy’s: refused, and written down',
  async (counter) => {
    const { browser, passkey } = await holder()
    expect((await signIn(passkey, { counter: 5 })).status).toBe(201)
    expect(codeOf(await signIn(passkey, { counter }))).toEqual([401, 'sign_in_failed'])
    const event = await server.world.db.auditEvent.findFirst({
      where: { subject: `staff:${browser.id}`, kind: 'staff.passkey_refused' },
    })
    expect(event?.detail).toMatchObject({ counter, stored: 5, because: 'counter_not_grown' })
    expect((await signIn(passkey, { counter: 6 })).status).toBe(201)
  },
)

test('a removed passkey opens nothing', async () => {
  const { browser, passkey } = await holder()
  expect((await browser.ask('DELETE', `/v1/passkeys/${passkey.id}`)).status).toBe(204)
  expect(codeOf(await signIn(passkey))).toEqual([401, 'sign_in_failed'])
  expect(codeOf(await stepUp(browser, passkey))).toEqual([401, 'sign_in_failed'])
  expect(await kinds(browser.id)).toContain('staff.passkey_removed')
})

test('the passkeys of somebody dismissed open nothing', async () => {
  const { browser, passkey } = await holder()
  const admin = await server.signedIn(['admin'])
  expect((await admin.ask('DELETE', `/v1/staff/${browser.id}`)).status).toBe(204)
  expect(codeOf(await signIn(passkey))).toEqual([401, 'sign_in_failed'])
})

test('a passkey is kept once, and nobody takes over another’s', async () => {
  const { browser, passkey } = await holder()
  expect(codeOf(await register(browser, passkey))).toEqual([422, 'second_factor_wrong'])
  const thief = await server.signedIn(['reviewer'])
  expect(codeOf(await register(thief, passkey))).toEqual([422, 'second_factor_wrong'])
  const userHandle = Buffer.from(browser.id).toString('base64url')
  expect((await signIn(passkey, { userHandle })).body.staff.id).toBe(browser.id)
})

test('unknown passkeys and bent ones are refused alike', async () => {
  const { passkey } = await holder()
  const strip = ({ status, body, headers }: Awaited<ReturnType<typeof signIn>>) => ({
    status,
    body: { ...body, instance: '' },
    headers: [...headers.keys()],
  })
  const unknown = strip(await signIn(authenticator(server.url)))
  expect(strip(await signIn(passkey, { origin: 'https://evil.example' }))).toEqual(unknown)
  expect(strip(await signIn(passkey, { isUserVerified: false }))).toEqual(unknown)
})

test('options name this site as configured, whatever host was asked, and no passkey of anybody', async () => {
  await holder()
  const options = (
    await server.ask('POST', `${SIGN_IN}/options`, {}, { 'x-forwarded-host': 'evil.example' })
  ).body
  expect(options).toMatchObject({ rpId: new URL(server.url).hostname, allowCredentials: [] })
  expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32)
})

test('an address without a password, or a password without an address, is no request', async () => {
  const { browser, passkey } = await holder()
  expect((await signIn(passkey, {}, { email: browser.email })).status).toBe(400)
  expect((await signIn(passkey, {}, { password: PASSWORD })).status).toBe(400)
})

test.each([
  ['no JSON', 'bm90IGpzb24'],
  ['null', 'bnVsbA'],
  ['nothing', ''],
])('client data that is %s is refused like any other', async (_case, clientDataJSON) => {
  const { passkey } = await holder()
  const credential = passkey.get(await challenged())
  const bent = { ...credential, response: { ...credential.response, clientDataJSON } }
  expect(codeOf(await server.ask('POST', SIGN_IN, { credential: bent }))).toEqual([
    401,
    'sign_in_failed',
  ])
})
