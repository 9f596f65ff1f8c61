import { generateSecret, generateSync } from 'otplib'
import { enrolTotp, findLiveSession, openSession, standingOf } from '../../src/accounts/service.js'
import { hashPassword, refuseOverload } from '../../src/platform/credentials/password.js'
import { inTx } from '../../src/platform/db.js'
import { sha256 } from '../../src/platform/hash.js'
import { cancelAll, mintTokens, orderAll } from '../../src/resets/service.js'
import { type AccountFacts, anAccount } from '../support/account.js'
import { type PublicServer, startPublic } from '../support/public.js'

const OLD = 'old violin paper crane'
const NEW = 'quiet lantern over tundra 7'

let server: PublicServer
beforeAll(async () => {
  server = await startPublic()
})
afterAll(() => server.close())

const inDb = <T>(work: Parameters<typeof inTx<T>>[1]) => inTx(server.database.db, work)

async function orderFor(accountNo: bigint, sweepId: string | null = null) {
  const [order] = await inDb((tx) => orderAll(tx, [{ accountNo }], sweepId))
  const tokens = await inDb((tx) => mintTokens(tx, [order!.resetNo]))
  return { accountNo, resetNo: order!.resetNo, token: tokens.get(order!.resetNo)! }
}

const anOrder = async (facts: AccountFacts) =>
  orderFor(await anAccount(server.database.db, { password: OLD, ...facts }))

async function send(method: string, path: string, form?: Record<string, string>, headers = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(form ? { body: new URLSearchParams(form) } : {}),
  })
  return { status: answer.status, headers: answer.headers, html: await answer.text() }
}

const choose = (token: string, password = NEW, more: Record<string, string> = {}) =>
  send('POST', `/reset/${token}`, { password, passwordAgain: password, ...more })

const resetRow = (no: bigint) => server.database.db.reset.findUniqueOrThrow({ where: { no } })

async function signIn(id: string, password: string, totp?: string) {
  const answer = await fetch(`${server.url}/v1/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ address: `${id}@shop.example`, password, totp }),
  })
  return ((await answer.json()) as { result: string }).result
}

/** Visible and hidden fields of the enrolment form in a page. */
const enrolmentIn = (html: string) => ({
  token: /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '',
  secret: (/class="code" dir="ltr">([A-Z2-7 ]+)</.exec(html)?.[1] ?? '').replaceAll(' ', ''),
})

test('the whole way: ordered, opened, chosen, signed in, second factor on', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'mara', password: OLD })
  const session = await inDb((tx) => openSession(tx, no, 0))
  const { token, resetNo } = await orderFor(no)
  expect(await inDb((tx) => findLiveSession(tx, session!.token))).toBeUndefined()
  expect(await signIn('mara', OLD)).toBe('reset_required')

  const form = await send('GET', `/reset/${token}`)
  expect(form.status).toBe(200)
  expect(form.html).toContain('value="mara@shop.example"')
  expect(form.html).not.toContain('name="code"')

  const done = await choose(token)
  expect(done.status).toBe(200)
  expect(done.html).toContain('Your new password is set')
  expect(done.headers.get('set-cookie')).toBeNull()
  expect(await signIn('mara', OLD)).toBe('invalid')
  expect(await signIn('mara', NEW)).toBe('ok')
  expect(await inDb((tx) => findLiveSession(tx, session!.token))).toBeUndefined()

  const standing = await inDb((tx) => standingOf(tx, 'mara'))
  expect(standing).toMatchObject({ passwordUsable: true, resetRequired: false, valueHeld: true })
  const hours = (Date.parse(standing.heldUntil ?? '') - Date.now()) / 3_600_000
  expect(hours).toBeGreaterThan(23.9)
  expect(hours).toBeLessThanOrEqual(24)

  const audit = await db.auditEvent.findMany({ where: { kind: 'reset.completed' } })
  expect(audit).toMatchObject([{ actor: 'account:mara', subject: 'account:mara' }])
  expect(await db.mail.findMany({ where: { accountNo: no } })).toMatchObject([
    { purpose: 'confirmation', sweepId: `reset:${resetNo}`, recipient: 'mara@shop.example' },
  ])

  const { token: enrolment, secret } = enrolmentIn(done.html)
  const wrong = await send('POST', '/reset/second-factor', { token: enrolment, code: '000000' })
  expect(wrong.status).toBe(422)
  expect(enrolmentIn(wrong.html)).toEqual({ token: enrolment, secret })
  const code = generateSync({ secret })
  const enrolled = await send('POST', '/reset/second-factor', { token: enrolment, code })
  expect(enrolled.html.match(/<li dir="ltr">[0-9A-Z-]{27}</g)).toHaveLength(10)
  const again = await send('POST', '/reset/second-factor', { token: enrolment, code })
  expect(again.status).toBe(410)
  expect(await signIn('mara', NEW)).toBe('second_factor_required')
  expect(await signIn('mara', NEW, code)).toBe('invalid')
})

test('of fifty parallel posts of one token exactly one wins', async () => {
  const { token, accountNo } = await anOrder({ id: 'fifty' })
  const passwords = Array.from({ length: 50 }, (_, index) => `${NEW} number ${index}`)
  const answers = await Promise.all(passwords.map((password) => choose(token, password)))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => ![200, 410, 429].includes(status))).toEqual([])
  expect(await signIn('fifty', passwords[statuses.indexOf(200)]!)).toBe('ok')
  const { db } = server.database
  expect(
    await db.auditEvent.count({ where: { subject: 'account:fifty', kind: 'reset.completed' } }),
  ).toBe(1)
  expect(await db.mail.count({ where: { accountNo } })).toBe(1)
})

test('GET and HEAD change nothing, however often they come', async () => {
  const { token, resetNo } = await anOrder({ id: 'scanned' })
  const before = await resetRow(resetNo)
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => send(i % 2 ? 'GET' : 'HEAD', `/reset/${token}`)),
  )
  expect(await resetRow(resetNo)).toEqual(before)
  expect((await choose(token)).status).toBe(200)
})

test('unknown, malformed, expired, spent and replaced links get the same answer', async () => {
  const { db } = server.database
  const spent = await anOrder({ id: 'spent' })
  await choose(spent.token)
  const expired = await anOrder({ id: 'expired' })
  await db.$executeRaw`
    UPDATE reset SET token_expires_at = now() - interval '1 second' WHERE no = ${expired.resetNo}`
  const replaced = await anOrder({ id: 'replaced' })
  const newer = await orderFor(replaced.accountNo)
  const reminted = await anOrder({ id: 'reminted' })
  await inDb((tx) => mintTokens(tx, [reminted.resetNo]))
  const dead = [spent, expired, replaced, reminted].map(({ token }) => token)
  const unknown = Buffer.alloc(32, 7).toString('base64url')
  const shown = await Promise.all(
    [...dead, unknown, 'x', '%F0%9F%98%80'].flatMap((token) => [
      send('GET', `/reset/${token}`),
      choose(token),
    ]),
  )
  expect(new Set(shown.map(({ status }) => status))).toEqual(new Set([410]))
  expect(new Set(shown.map(({ html }) => html)).size).toBe(1)
  expect((await choose(newer.token)).status).toBe(200)
})

test('an order replaces the one before it, with its audit row, and only one stays live', async () => {
  const { db } = server.database
  const accountNo = await anAccount(db, { id: 'twice', password: OLD })
  await Promise.all(Array.from({ length: 8 }, () => orderFor(accountNo)))
  const rows = await db.reset.groupBy({ by: ['status'], where: { accountNo }, _count: true })
  expect(rows.toSorted((a, b) => a.status.localeCompare(b.status))).toMatchObject([
    { status: 'cancelled', _count: 7 },
    { status: 'ordered', _count: 1 },
  ])
  const kind = 'reset.cancelled'
  expect(await db.auditEvent.count({ where: { kind, subject: 'account:twice' } })).toBe(7)
  expect((await inDb((tx) => standingOf(tx, 'twice'))).sessionEpoch).toBe(8)
})

test('completing and ordering at the same time never deadlock, and the last order wins', async () => {
  const { token, accountNo } = await anOrder({ id: 'both' })
  const orders = Array.from({ length: 6 }, () => orderFor(accountNo))
  const [done, ...ordered] = await Promise.all([choose(token), ...orders])
  expect([200, 410]).toContain(done.status)
  expect(ordered).toHaveLength(6)
  const standing = await inDb((tx) => standingOf(tx, 'both'))
  expect(standing).toMatchObject({ passwordUsable: false, resetRequired: true, sessionEpoch: 7 })
})

test('a withdrawn reset gives the old password back, but not the sessions', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'undone', password: OLD })
  const session = await inDb((tx) => openSession(tx, no, 0))
  const { token } = await orderFor(no)
  expect(await inDb((tx) => cancelAll(tx, [no], 'os:test'))).toHaveLength(1)
  expect(await inDb((tx) => cancelAll(tx, [no], 'os:test'))).toEqual([])
  expect((await choose(token)).status).toBe(410)
  expect(await signIn('undone', OLD)).toBe('ok')
  expect(await inDb((tx) => findLiveSession(tx, session!.token))).toBeUndefined()
})

test('tokens are minted only for orders still waiting, and stored as digests', async () => {
  const done = await anOrder({ id: 'mint-done' })
  await choose(done.token)
  const live = await anOrder({ id: 'mint-live' })
  const tokens = await inDb((tx) => mintTokens(tx, [done.resetNo, live.resetNo, 999_999n], 48))
  expect([...tokens.keys()]).toEqual([live.resetNo])
  const row = await resetRow(live.resetNo)
  expect(new Uint8Array(row.tokenHash!)).toEqual(sha256(tokens.get(live.resetNo)!))
  const hours = (row.tokenExpiresAt!.getTime() - Date.now()) / 3_600_000
  expect(hours).toBeLessThanOrEqual(24)
})

test.each([
  ['too short', 'violin crane', {}, 'Use 15 characters or more'],
  ['too long', 'ab cd ef '.repeat(15), {}, 'Use 128 characters or fewer'],
  ['common', 'passwordpassword', {}, 'Many people use this password'],
  ['guessable', 'aaaaaaaaaaaaaaaaaaaa', {}, 'Too easy to guess'],
  ['the account’s own address', 'picky@shop.example', {}, 'Too easy to guess'],
  ['the old one', OLD, {}, 'This is your old password'],
  ['not repeated', NEW, { passwordAgain: 'something else' }, 'The two passwords differ'],
])(
  'a password that is %s is refused beside the field, and the link still works',
  async (_rule, password, more, text) => {
    const { db } = server.database
    const found = await db.account.findUnique({ where: { id: 'picky' } })
    const { token } = found ? await orderFor(found.no) : await anOrder({ id: 'picky' })
    const { status, html } = await choose(token, password, more)
    expect(status).toBe(422)
    expect(html).toContain('role="alert"')
    expect(html).toContain('aria-invalid="true"')
    expect(html).toContain(text)
    expect(html).not.toMatch(/type="password"[^>]*value=/)
    expect((await send('GET', `/reset/${token}`)).status).toBe(200)
  },
)

async function withTotp(id: string, facts: Omit<AccountFacts, 'id'> = { password: OLD }) {
  const accountNo = await anAccount(server.database.db, { id, ...facts })
  const secret = generateSecret()
  const seconds = Math.floor(Date.now() / 1000) - 60
  const code = generateSync({ secret, epoch: seconds })
  const codes = await inDb((tx) =>
    enrolTotp(tx, server.deps.cipher, {
      enrolment: { accountNo, accountId: id, secret, code },
      seconds,
    }),
  )
  return { ...(await orderFor(accountNo)), secret, codes: codes! }
}

test('an account with an authenticator must give a code; a wrong one does not spend the link', async () => {
  const { token, secret } = await withTotp('totp')
  expect((await send('GET', `/reset/${token}`)).html).toContain('name="code"')
  expect((await choose(token, 'crane 9 harbour')).html).toContain('Type the code')
  expect((await choose(token, NEW, { code: '000000' })).status).toBe(422)
  const done = await choose(token, NEW, { code: generateSync({ secret }) })
  expect(done.status).toBe(200)
  expect(done.html).not.toContain('name="token"')
})

test('a recovery code does as well, once', async () => {
  const { token, codes, accountNo } = await withTotp('recovery')
  expect((await choose(token, NEW, { code: codes[3]! })).status).toBe(200)
  const next = await orderFor(accountNo)
  expect((await choose(next.token, `${NEW} two`, { code: codes[3]! })).status).toBe(422)
  expect((await choose(next.token, `${NEW} two`, { code: codes[4]! })).status).toBe(200)
})

test('after ten wrong codes the link is dead, also when they come at once', async () => {
  const { token, secret, resetNo } = await withTotp('guessed')
  const guesses = Array.from({ length: 25 }, (_, i) =>
    choose(token, NEW, { code: `10000${i % 10}` }),
  )
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  expect(statuses.filter((status) => ![410, 422].includes(status))).toEqual([])
  expect((await resetRow(resetNo)).factorTries).toBe(10)
  expect((await choose(token, NEW, { code: generateSync({ secret }) })).status).toBe(410)
  expect((await resetRow(resetNo)).status).toBe('ordered')
})

test('who gave a try is not refused because too many passwords are being checked', async () => {
  const { token, resetNo } = await withTotp('crowded', {})
  const crowd: Promise<unknown>[] = []
  let isOver = false
  const filling = (async () => {
    while (!isOver) {
      while (!isCrowded()) crowd.push(hashPassword(NEW))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  const { status } = await choose(token, NEW, { code: '000000' })
  isOver = true
  await filling
  await Promise.all(crowd)
  expect([status, (await resetRow(resetNo)).factorTries]).toEqual([422, 1])
})

function isCrowded(): boolean {
  try {
    refuseOverload()
    return false
  } catch {
    return true
  }
}

test('a factor only the platform can verify stays the only one', async () => {
  const { token } = await anOrder({ id: 'sms', secondFactors: ['sms'] })
  const done = await choose(token, 'crane 9 harbour')
  expect(done.status).toBe(200)
  expect(done.html).not.toContain('name="token"')
  expect(await signIn('sms', 'crane 9 harbour')).toBe('second_factor_required')
})

test('an enrolment ends when another reset is ordered, or after half an hour', async () => {
  const first = await anOrder({ id: 'late' })
  const offered = enrolmentIn((await choose(first.token)).html)
  const post = () =>
    send('POST', '/reset/second-factor', {
      token: offered.token,
      code: generateSync({ secret: offered.secret }),
    })
  await server.database.db.$executeRaw`
    UPDATE reset SET enrolment_expires_at = now() - interval '1 second' WHERE no = ${first.resetNo}`
  expect((await post()).status).toBe(410)
  await server.database.db.$executeRaw`
    UPDATE reset SET enrolment_expires_at = now() + interval '1 minute' WHERE no = ${first.resetNo}`
  await orderFor(first.accountNo)
  expect((await post()).status).toBe(410)
})

test('of parallel enrolments exactly one binds an authenticator', async () => {
  const { token } = await anOrder({ id: 'parallel' })
  const offered = enrolmentIn((await choose(token)).html)
  const form = { token: offered.token, code: generateSync({ secret: offered.secret }) }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send('POST', '/reset/second-factor', form)),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('the language is the account’s, else the browser’s', async () => {
  const japanese = await anOrder({ id: 'hana', locale: 'ja-JP' })
  expect((await send('GET', `/reset/${japanese.token}`)).html).toContain(
    '<html lang="ja" dir="ltr">',
  )
  const open = await anOrder({ id: 'open' })
  const wish = { 'accept-language': 'fr-CH, ja;q=0.9, en;q=0.8' }
  expect((await send('GET', `/reset/${open.token}`, undefined, wish)).html).toContain('lang="ja"')
  expect((await send('GET', '/reset/x', undefined, wish)).html).toContain('このリンクは使えません')
})

test('pages load nothing, run nothing, cannot be framed, and leak no link', async () => {
  const { token } = await anOrder({ id: 'strict' })
  for (const path of [`/reset/${token}`, '/reset/x']) {
    const { headers, html } = await send('GET', path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src 'none'.*style-src 'sha256-.*form-action 'self'/)
    expect(policy).toMatch(/frame-ancestors 'none'; base-uri 'none'/)
    expect(policy).not.toMatch(/unsafe|https?:|script/)
    const css = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
    expect(policy).toContain(Buffer.from(sha256(css)).toString('base64'))
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(html).not.toMatch(/<script|https?:\/\/|<link|onload|style="/i)
  }
})

test.each([
  ['JSON', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }, 415],
  ['no body', { method: 'POST' }, 415],
  ['fields twice', { method: 'POST', body: new URLSearchParams('password=a&password=b') }, 400],
  ['many fields', { method: 'POST', body: new URLSearchParams('a=1&'.repeat(30)) }, 400],
  [
    'a huge body',
    { method: 'POST', body: new URLSearchParams({ password: 'x'.repeat(20_000) }) },
    413,
  ],
  [
    'prototype keys',
    { method: 'POST', body: new URLSearchParams('__proto__=1&constructor=2') },
    400,
  ],
  [
    'a compressed body',
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      body: 'password=a',
    },
    415,
  ],
])('a form with %s is answered with a page and spends nothing', async (kind, request, status) => {
  const { token } = await anOrder({ id: `hostile-${kind.replaceAll(' ', '-')}` })
  const answer = await fetch(`${server.url}/reset/${token}`, request as RequestInit)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toMatch('text/html')
  expect(Object.prototype).not.toHaveProperty('1')
  expect((await choose(token)).status).toBe(200)
})

test('markup in an address or a name is only text', async () => {
  const { token } = await anOrder({ id: 'quoted', address: `o'brien&co@shop.example` })
  const { html } = await send('GET', `/reset/${token}`)
  expect(html).toContain('value="o&#39;brien&amp;co@shop.example"')
})

describe('a mail without a link', () => {
  const typeCode = (token: string) => send('POST', '/reset', { token })

  test('holds a code that its owner types on the site, and looking spends nothing', async () => {
    const { token } = await anOrder({ id: 'typed' })
    expect((await send('GET', '/reset')).status).toBe(200)
    const form = await typeCode(` ${token} `)
    expect(form.status).toBe(200)
    expect(form.html).toContain(`action="/reset/${token}"`)
    expect((await choose(token)).status).toBe(200)
  })

  test('a code that does not work is answered like a link that does not work', async () => {
    expect((await typeCode('nonsense')).status).toBe((await send('GET', '/reset/nonsense')).status)
  })
})
