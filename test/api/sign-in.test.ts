import { generateSecret, generateSync } from 'otplib'
import { enrolTotp, findLiveSession, killCredentials, lockAll } from '../../src/accounts/service.js'
import { inTx } from '../../src/platform/db.js'
import { anAccount } from '../support/account.js'
import { type PublicServer, startPublic } from '../support/public.js'

const PASSWORD = 'old violin paper crane'
type Answered = { result: string; accountId?: string; session: string }

let server: PublicServer

beforeAll(async () => {
  server = await startPublic()
})
afterAll(() => server.close())

async function post(body: unknown, key = server.key) {
  const answer = await fetch(`${server.url}/v1/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answered }
}

const signIn = (id: string, password = PASSWORD, more: object = {}) =>
  post({ address: `${id}@shop.example`, password, ...more })

const attempts = (accountNo: bigint) =>
  server.database.db.attempt.findMany({ where: { accountNo }, orderBy: { at: 'asc' } })

test('the right password opens a session that names the account', async () => {
  const no = await anAccount(server.database.db, { id: 'mara', password: PASSWORD })
  const { body } = await signIn('mara', PASSWORD, { ip: '203.0.113.7', userAgent: 'Firefox\u0000' })
  expect(body).toEqual({
    result: 'ok',
    accountId: 'mara',
    session: expect.any(String),
    sessionExpiresAt: expect.any(String),
  })
  const { db } = server.database
  expect(await inTx(db, (tx) => findLiveSession(tx, body.session))).toBe(no)
  expect(await attempts(no)).toMatchObject([
    { sourceNo: 1, succeeded: true, ip: '203.0.113.7', userAgent: 'Firefox ', reason: null },
  ])
  expect(
    await db.auditEvent.count({ where: { kind: 'session.opened', subject: 'account:mara' } }),
  ).toBe(1)
})

test('a wrong password and an unknown address get one answer, in shape and in headers', async () => {
  const no = await anAccount(server.database.db, { id: 'noor', password: PASSWORD })
  const wrong = await signIn('noor', 'not the password')
  const unknown = await signIn('nobody-here')
  const malformed = await post({ address: 'not an address', password: PASSWORD })
  expect(wrong.body).toEqual({ result: 'invalid' })
  expect(unknown.body).toEqual(wrong.body)
  expect(malformed.body).toEqual(wrong.body)
  const shape = (from: Headers) =>
    [...from].filter(([name]) => !['date', 'x-request-id'].includes(name))
  expect(shape(unknown.headers)).toEqual(shape(wrong.headers))
  expect(await attempts(no)).toMatchObject([
    { succeeded: false, reason: 'invalid', username: null },
  ])
  const tried = { username: 'nobody-here@shop.example' }
  expect(await server.database.db.attempt.count({ where: tried })).toBe(1)
})

test('an unknown address takes the time of a wrong password', async () => {
  await anAccount(server.database.db, { id: 'timed', password: PASSWORD })
  const times = { known: [] as number[], unknown: [] as number[] }
  for (let round = 0; round < 30; round += 1) {
    for (const kind of ['known', 'unknown'] as const) {
      const ip = `198.51.100.${round + 1}`
      const startedAt = performance.now()
      await signIn(kind === 'known' ? 'timed' : 'untimed', 'not the password', { ip })
      times[kind].push(performance.now() - startedAt)
    }
  }
  const [known, unknown] = [Math.min(...times.known), Math.min(...times.unknown)]
  expect(Math.abs(known - unknown) / known).toBeLessThan(0.25)
})

test('after a reset was ordered the old password says so, and a wrong one still says nothing', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'reset', password: PASSWORD })
  const { body } = await signIn('reset')
  await inTx(db, (tx) => killCredentials(tx, [no]))
  expect(await inTx(db, (tx) => findLiveSession(tx, body.session))).toBeUndefined()
  expect((await signIn('reset')).body).toEqual({ result: 'reset_required', accountId: 'reset' })
  expect((await signIn('reset', 'wrong')).body).toEqual({ result: 'invalid' })
})

test('a locked account tells only who knows its password', async () => {
  const { db } = server.database
  const no = await anAccount(db, { id: 'locked', password: PASSWORD })
  const before = await signIn('locked')
  expect(await inTx(db, (tx) => lockAll(tx, [no]))).toEqual([no])
  expect(await inTx(db, (tx) => lockAll(tx, [no]))).toEqual([])
  expect(await inTx(db, (tx) => findLiveSession(tx, before.body.session))).toBeUndefined()
  expect((await signIn('locked')).body.result).toBe('locked')
  expect((await signIn('locked', 'wrong')).body.result).toBe('invalid')
  await anAccount(db, { id: 'closed', password: PASSWORD, status: 'closed' })
  expect((await signIn('closed')).body.result).toBe('locked')
})

async function withTotp(id: string) {
  const { db } = server.database
  const accountNo = await anAccount(db, { id, password: PASSWORD })
  const secret = generateSecret()
  const seconds = Math.floor(Date.now() / 1000)
  const codes = await inTx(db, (tx) =>
    enrolTotp(tx, server.deps.cipher, {
      enrolment: {
        accountNo,
        accountId: id,
        secret,
        code: generateSync({ secret, epoch: seconds - 30 }),
      },
      seconds: seconds - 30,
    }),
  )
  return { secret, codes: codes!, accountNo }
}

test('a second factor is asked for, checked, and each code works once', async () => {
  const { secret, codes, accountNo } = await withTotp('factor')
  expect((await signIn('factor')).body.result).toBe('second_factor_required')
  expect((await signIn('factor', PASSWORD, { totp: '000000' })).body).toEqual({ result: 'invalid' })
  const code = generateSync({ secret })
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => signIn('factor', PASSWORD, { totp: code })),
  )
  expect(answers.filter(({ body }) => body.result === 'ok')).toHaveLength(1)
  const at = new Date(Date.now() - 86_400_000) // the wrong codes above no longer throttle
  await server.database.db.attempt.updateMany({ where: { accountNo }, data: { at } })
  const [recovery] = codes
  expect((await signIn('factor', PASSWORD, { totp: recovery?.toLowerCase() })).body.result).toBe(
    'ok',
  )
  expect((await signIn('factor', PASSWORD, { totp: recovery })).body.result).toBe('invalid')
  const facts = await server.database.db.account.findUnique({ where: { id: 'factor' } })
  expect(facts?.secondFactors).toEqual(['totp'])
})

test('a factor only the platform can verify is always asked for', async () => {
  await anAccount(server.database.db, { id: 'sms', password: PASSWORD, secondFactors: ['sms'] })
  const answer = await signIn('sms', PASSWORD, { totp: '123456' })
  expect(answer.body).toEqual({ result: 'second_factor_required', accountId: 'sms' })
})

test('of accounts that share an address, the first with a password signs in', async () => {
  const { db } = server.database
  const address = 'shared@shop.example'
  await anAccount(db, { id: 'share-1', address })
  await anAccount(db, { id: 'share-2', address, password: PASSWORD })
  await anAccount(db, { id: 'share-3', address, password: 'another velvet hammer' })
  expect((await post({ address: ' Shared@Shop.Example', password: PASSWORD })).body).toMatchObject({
    result: 'ok',
    accountId: 'share-2',
  })
})

test('guessing is throttled alike for addresses that exist and for others', async () => {
  await anAccount(server.database.db, { id: 'guessed', password: PASSWORD })
  for (const id of ['guessed', 'unguessed']) {
    const results: string[] = []
    for (let guess = 0; guess < 12; guess += 1) {
      results.push((await signIn(id, `guess ${guess}`, { ip: '192.0.2.66' })).body.result)
    }
    expect(results).toEqual([...Array(10).fill('invalid'), 'throttled', 'throttled'])
  }
  const elsewhere = await signIn('guessed', PASSWORD, { ip: '192.0.2.67' })
  expect(elsewhere.body.result).toBe('ok')
})

test('passwords in composed and decomposed form are the same', async () => {
  await anAccount(server.database.db, { id: 'nfc', password: 'müßiggang am kühlen see' })
  const { body } = await signIn('nfc', 'müßiggang am kühlen see'.normalize('NFD'))
  expect(body.result).toBe('ok')
})

test.each([
  ['no body', undefined, 400],
  ['an array', [], 400],
  ['no password', { address: 'a@b.example' }, 400],
  ['a number as password', { address: 'a@b.example', password: 5 }, 400],
  ['a huge password', { address: 'a@b.example', password: 'x'.repeat(5_000) }, 400],
  ['a huge body', { address: 'a@b.example', password: 'x'.repeat(50_000) }, 413],
  ['an ip that is none', { address: 'a@b.example', password: 'x', ip: '1.2.3' }, 400],
  ['NUL in the address', { address: 'a\u0000@b.example', password: 'x' }, 200],
  ['a lone surrogate', { address: 'a@b.example', password: '\ud800' }, 200],
])('%s is answered with %i problem details', async (_case, body, status) => {
  const answer = await post(body)
  expect(answer.status).toBe(status)
  if (status === 200) expect(answer.body).toEqual({ result: 'invalid' })
  else expect(answer.headers.get('content-type')).toMatch('application/problem+json')
})
