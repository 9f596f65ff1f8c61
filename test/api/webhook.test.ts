import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { NOWHERE } from '../../src/logins/place.js'
import { openInbox } from '../../src/logins/receiving/service.js'
import { addKey, revokeKey, revokeSource } from '../../src/staff/keys/service.js'
import { type PublicServer, startPublic } from '../support/public.js'
import { anAttempt, messageOf, type Signed, sign } from '../support/webhook.js'

let server: PublicServer
let secret: string
let firstKey: string
beforeAll(async () => {
  server = await startPublic()
  const made = await addKey(server.deps, {
    role: 'ingest',
    name: 'login service',
    actor: 'os:test',
  })
  secret = made.key
  firstKey = made.id
  await server.database.db.account.createMany({
    data: ['ann', '-9223372036854775808'].map((id) => ({
      id,
      address: `${id.replace('-', 'n')}@shop.example`,
      matchKey: `${id.replace('-', 'n')}@shop.example`,
    })),
  })
})
afterAll(() => server.close())

async function post({ body, headers }: Signed) {
  const answer = await fetch(`${server.url}/v1/login-attempts`, {
    method: 'POST',
    headers,
    body: body as string,
  })
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    headers: answer.headers,
  }
}
const send = (data: unknown, over: { id?: string; secret?: string; timestamp?: number } = {}) =>
  post(sign(messageOf(data), { secret, ...over }))

const code = (body: Record<string, unknown>) => String(body.type).replace('urn:cordon:problem:', '')

async function rowCounts() {
  const [counts] = await server.database.db.$queryRaw<[Record<string, bigint>]>`
    SELECT (SELECT count(*) FROM attempt) AS attempts, (SELECT count(*) FROM webhook_message) AS messages,
           (SELECT count(*) FROM arrival) AS arrivals, (SELECT count(*) FROM audit_event) AS audited`
  return counts
}

describe('what is accepted', () => {
  test('is stored when it is answered, with what it touches and an audit row', async () => {
    const before = await rowCounts()
    const attempt = anAttempt({ userAgent: 'Firefox', device: 'd-1', reason: 'wrong_password' })
    expect(await send(attempt)).toMatchObject({
      status: 202,
      body: { accepted: 1, duplicates: 0, rejected: [] },
    })
    const stored = await server.database.db.attempt.findFirstOrThrow({
      where: { id: attempt.id as string },
    })
    expect(stored).toMatchObject({
      ip: '203.0.113.7',
      succeeded: false,
      device: 'd-1',
      username: null,
    })
    const after = await rowCounts()
    for (const what of ['attempts', 'messages', 'arrivals', 'audited']) {
      expect([what, Number(after[what]) - Number(before[what])]).toEqual([what, 1])
    }
    const audited = await server.database.db.auditEvent.findFirst({ orderBy: { id: 'desc' } })
    expect(audited).toMatchObject({
      kind: 'attempts.received',
      actor: 'source:login service',
      detail: { accepted: 1, messages: 1 },
    })
  })

  test('may be a thousand attempts, each rejected by itself', async () => {
    const good = Array.from({ length: 994 }, () => anAttempt())
    const bad = [
      anAttempt({ ip: '999.1.1.1' }),
      anAttempt({ ip: 'fe80::1%eth0' }),
      anAttempt({ at: new Date(Date.now() + 600_000).toISOString() }),
      anAttempt({ at: '2019-11-01T06:00:00Z' }),
      JSON.parse('{"__proto__": {"polluted": true}, "id": "x"}') as unknown,
      { ...anAttempt(), account: {} },
    ]
    const { status, body } = await send([...good, ...bad])
    expect(status).toBe(202)
    expect(body).toMatchObject({ accepted: 994, duplicates: 0 })
    const reasons = (body.rejected as { index: number; reason: string }[]).map(
      ({ index, reason }) => `${index} ${reason.split(':')[0]}`,
    )
    expect(reasons).toEqual(['994 ip', '995 ip', '996 at', '997 at', '998 account', '999 account'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('counts once, whatever comes again', async () => {
    const attempt = anAttempt()
    expect((await send([attempt, attempt])).body).toMatchObject({ accepted: 1, duplicates: 1 })
    expect((await send(attempt)).body).toMatchObject({ accepted: 0, duplicates: 1 })
  })

  test('may name nobody we know: the username stays as evidence', async () => {
    const attempt = anAttempt({ account: { address: 'Nobody@Shop.example' } })
    await send(attempt)
    const stored = await server.database.db.attempt.findFirstOrThrow({
      where: { id: attempt.id as string },
    })
    expect(stored).toMatchObject({ accountNo: null, username: 'nobody@shop.example' })
  })

  test('may name a negative 64-bit id, and a mapped IPv4 address', async () => {
    const id = '-9223372036854775808'
    const attempt = anAttempt({ account: { id }, ip: '::ffff:192.0.2.1' })
    await send(attempt)
    const stored = await server.database.db.attempt.findFirstOrThrow({
      where: { id: attempt.id as string },
    })
    const { no } = await server.database.db.account.findUniqueOrThrow({ where: { id } })
    expect(stored).toMatchObject({ accountNo: no, ip: '192.0.2.1' })
  })
})

describe('a webhook id', () => {
  test('has one effect, also a hundred times at once, and after a restart', async () => {
    const attempt = anAttempt()
    const signed = sign(messageOf(attempt), { secret, id: 'msg_once' })
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(signed)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(answers.reduce((sum, { body }) => sum + Number(body.accepted), 0)).toBe(1)
    const inbox = inboxOn(server.database.pool)
    const headers = readOf(signed.headers)
    expect(await inbox.receive(headers, Buffer.from(signed.body as string))).toMatchObject({
      accepted: 0,
    })
    await inbox.close()
  })

  test('is refused for another message', async () => {
    await send(anAttempt(), { id: 'msg_reused' })
    const before = await rowCounts()
    const { status, body } = await send(anAttempt(), { id: 'msg_reused' })
    expect([status, code(body)]).toEqual([409, 'webhook_id_reused'])
    expect(await rowCounts()).toEqual(before)
  })
})

describe('secrets', () => {
  test('of one source may be two, so that none is lost while one replaces the other', async () => {
    const { key: second } = await addKey(server.deps, {
      role: 'ingest',
      name: 'login service',
      actor: 'os:test',
    })
    const deadline = performance.now() + 1_000
    let { status } = await send(anAttempt(), { secret: second })
    while (status === 401 && performance.now() < deadline) {
      status = (await send(anAttempt(), { secret: second })).status
    }
    expect(status).toBe(202)
    expect((await send(anAttempt())).status).toBe(202)
    await revokeKey(server.deps, { id: firstKey, actor: 'os:test' })
    secret = second
    expect((await send(anAttempt())).status).toBe(202)
  })

  test('of a source end together', async () => {
    const made = await addKey(server.deps, { role: 'ingest', name: 'stolen', actor: 'os:test' })
    await addKey(server.deps, { role: 'ingest', name: 'stolen', actor: 'os:test' })
    const revoked = await revokeSource(server.deps, { source: 'stolen', actor: 'os:test' })
    expect(revoked).toHaveLength(2)
    expect(revoked).toContain(made.id)
    await expect(
      revokeSource(server.deps, { source: 'stolen', actor: 'os:test' }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each(['sign-in', 'import'])('of %s do not exist: it is Cordon’s own', async (name) => {
    await expect(
      addKey(server.deps, { role: 'ingest', name, actor: 'os:test' }),
    ).rejects.toMatchObject({ code: 'input_invalid' })
  })
})

describe('what is refused changes nothing', () => {
  const spoil = (over: Record<string, string | undefined>) => (): Signed => {
    const signed = sign(messageOf(anAttempt()), { secret })
    const headers = { ...signed.headers, ...over }
    for (const [name, value] of Object.entries(over)) if (value === undefined) delete headers[name]
    return { ...signed, headers: headers as Record<string, string> }
  }
  const raw = (body: string | Uint8Array) => () => sign(body, { secret })
  const now = () => Math.floor(Date.now() / 1_000)
  const nested = (levels: number) =>
    `{"type":"login.attempt","timestamp":"2026-01-01T00:00:00Z","data":${'['.repeat(levels)}${']'.repeat(levels)}}`

  test.each<[string, number, string, () => Signed]>([
    ['no id', 400, 'input_invalid', spoil({ 'webhook-id': undefined })],
    ['no timestamp', 400, 'input_invalid', spoil({ 'webhook-timestamp': undefined })],
    ['no signature', 400, 'input_invalid', spoil({ 'webhook-signature': undefined })],
    ['an id with a dot', 400, 'input_invalid', spoil({ 'webhook-id': 'a.b' })],
    [
      'a wrong signature',
      401,
      'webhook_unsigned',
      spoil({ 'webhook-signature': `v1,${'A'.repeat(43)}=` }),
    ],
    ['a cut signature', 401, 'webhook_unsigned', spoil({ 'webhook-signature': 'v1,AAAA' })],
    [
      'another secret',
      401,
      'webhook_unsigned',
      () =>
        sign(messageOf(anAttempt()), { secret: `whsec_${Buffer.alloc(32).toString('base64')}` }),
    ],
    [
      'a message six minutes old',
      401,
      'webhook_expired',
      () => sign(messageOf(anAttempt()), { secret, timestamp: now() - 306 }),
    ],
    [
      'a message from in six minutes',
      401,
      'webhook_expired',
      () => sign(messageOf(anAttempt()), { secret, timestamp: now() + 306 }),
    ],
    ['no JSON', 400, 'input_invalid', raw('login')],
    ['nothing', 400, 'input_invalid', raw('')],
    ['JSON that is not UTF-8', 400, 'input_invalid', raw(Buffer.from([0x22, 0xff, 0x22]))],
    [
      'another type',
      400,
      'input_invalid',
      raw('{"type":"login.other","timestamp":"2026-01-01T00:00:00Z","data":{}}'),
    ],
    ['no attempts', 400, 'input_invalid', raw(messageOf([]))],
    [
      '1,001 attempts',
      400,
      'input_invalid',
      raw(messageOf(Array.from({ length: 1_001 }, () => 1))),
    ],
    ['ten thousand levels of nesting', 202, '', raw(nested(10_000))],
    [
      'a key too many',
      400,
      'input_invalid',
      raw('{"type":"login.attempt","timestamp":"2026-01-01T00:00:00Z","data":{},"x":1}'),
    ],
    ['more than a megabyte', 413, 'body_too_large', raw(JSON.stringify('x'.repeat(1_048_576)))],
    ['text', 415, 'media_type_unsupported', spoil({ 'content-type': 'text/plain' })],
    [
      'a gzip bomb',
      415,
      'media_type_unsupported',
      () => {
        const signed = sign(gzipSync(Buffer.alloc(50_000_000)), { secret })
        return { ...signed, headers: { ...signed.headers, 'content-encoding': 'gzip' } }
      },
    ],
  ])('%s', async (_rule, status, problem, make) => {
    const before = await rowCounts()
    const started = performance.now()
    const answer = await post(make())
    expect([answer.status, answer.status === 202 ? '' : code(answer.body)]).toEqual([
      status,
      problem,
    ])
    expect(performance.now() - started).toBeLessThan(2_000)
    const after = await rowCounts()
    expect(after.attempts).toBe(before.attempts)
    if (status !== 202) expect(after).toEqual(before)
  })

  test('a header that came twice', async () => {
    const { headers, body } = sign(messageOf(anAttempt()), { secret })
    const url = new URL('/v1/login-attempts', server.url)
    const twice = {
      ...headers,
      'webhook-signature': [headers['webhook-signature'] ?? '', headers['webhook-signature'] ?? ''],
    }
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const posted = request(url, { method: 'POST', headers: twice }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      posted.on('error', reject)
      posted.end(body)
    })
    expect(status).toBe(400)
  })
})

type Pool = typeof server.database.pool

const inboxOn = (pool: Pool, lateMs = 2_000) =>
  openInbox({
    pool,
    lateMs,
    log: server.deps.log,
    lookUp: () => NOWHERE,
    liveSecrets: async () => [{ sourceNo: 3, key: Buffer.from(secret.slice(6), 'base64') }],
  })

function deliver(inbox: ReturnType<typeof inboxOn>, data: unknown) {
  const { headers, body } = sign(messageOf(data), { secret })
  return inbox.receive(readOf(headers), Buffer.from(body as string))
}

const readOf = (headers: Record<string, string>) => ({
  id: headers['webhook-id'] ?? '',
  timestamp: headers['webhook-timestamp'] ?? '',
  signatures: [headers['webhook-signature'] ?? ''],
})

describe('under load', () => {
  test('many requests share few commits', async () => {
    const inbox = inboxOn(server.database.pool)
    const before = await rowCounts()
    await Promise.all(Array.from({ length: 400 }, () => deliver(inbox, anAttempt())))
    const after = await rowCounts()
    expect(Number(after.attempts) - Number(before.attempts)).toBe(400)
    expect(Number(after.audited) - Number(before.audited)).toBeLessThan(10)
    await inbox.close()
  })

  test('what cannot be stored is not acknowledged, and is stored when it is sent again', async () => {
    let isAway = true
    const broken = {
      query: (...query: unknown[]) =>
        isAway
          ? Promise.reject(new Error('Connection terminated unexpectedly'))
          : (server.database.pool.query as (...args: unknown[]) => unknown)(...query),
    } as unknown as typeof server.database.pool
    const inbox = inboxOn(broken)
    const { headers, body } = sign(messageOf(anAttempt()), { secret })
    const read = readOf(headers)
    const bytes = Buffer.from(body as string)
    await expect(inbox.receive(read, bytes)).rejects.toMatchObject({ code: 'service_unavailable' })
    isAway = false
    expect(await inbox.receive(read, bytes)).toMatchObject({ accepted: 1 })
    await inbox.close()
  })

  test('more than can wait is refused at once, and what waits is stored', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = {
      query: async (...query: unknown[]) => {
        await gate
        return (server.database.pool.query as (...args: unknown[]) => unknown)(...query)
      },
    } as unknown as typeof server.database.pool
    const inbox = inboxOn(slow, 60_000)
    const one = () =>
      deliver(
        inbox,
        Array.from({ length: 1_000 }, () => anAttempt()),
      )
    const answers: Promise<unknown>[] = []
    for (let sent = 0; sent < 75; sent++) {
      answers.push(
        one().then(
          ({ accepted }) => accepted,
          (error: { code: string }) => error.code,
        ),
      )
      await new Promise((resolve) => setImmediate(resolve))
    }
    release()
    const outcomes = await Promise.all(answers)
    expect(new Set(outcomes)).toEqual(new Set([1_000, 'throttled']))
    expect(outcomes.filter((outcome) => outcome === 1_000).length).toBeGreaterThanOrEqual(50)
    await inbox.close()
  })

  test('nobody more is let in while somebody has waited too long', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = {
      query: async (...query: unknown[]) => {
        await gate
        return (server.database.pool.query as (...args: unknown[]) => unknown)(...query)
      },
    } as unknown as typeof server.database.pool
    const inbox = inboxOn(slow, 0)
    const first = deliver(inbox, [anAttempt()])
    first.catch(() => undefined)
    let refused: unknown
    while (refused === undefined) {
      const next = deliver(inbox, [anAttempt()])
      next.catch(() => undefined)
      refused = await Promise.race([
        next.then(
          () => undefined,
          (error: { code: string }) => error.code,
        ),
        new Promise((resolve) => setTimeout(resolve, 20)),
      ])
    }
    expect(refused).toBe('throttled')
    release()
    await first
    await inbox.close()
  })
})
