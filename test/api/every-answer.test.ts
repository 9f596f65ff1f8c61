import { request } from 'node:http'
import { CALLS } from '../../src/contract/calls.js'
import { type PublicServer, startPublic } from '../support/public.js'
import { askAt, cookieOf, PASSWORD, type StaffServer, startStaff } from '../support/staff.js'

let staff: StaffServer
let open: PublicServer
beforeAll(async () => {
  staff = await startStaff()
  open = await startPublic()
})
afterAll(async () => {
  await staff.close()
  await open.close()
})

type Called = { listener: 'staff' | 'public'; method: string; path: string }
const CALLED: Called[] = [
  ...Object.values(CALLS)
    .flat()
    .map(({ listener, method, path }) => ({ listener, method, path: path.replace(/:\w+/g, 'x') })),
  ...['/reset', '/reset/x', '/healthz', '/readyz', '/nothing'].map(
    (path) => ({ listener: 'public', method: 'get', path }) as const,
  ),
  ...['/docs', '/openapi.json', '/healthz', '/nothing'].map(
    (path) => ({ listener: 'staff', method: 'get', path }) as const,
  ),
]

const call = ({ listener, method, path }: Called, headers = {}) =>
  fetch(`${listener === 'staff' ? staff.url : open.url}${path}`, {
    method: method.toUpperCase(),
    headers,
    redirect: 'manual',
  })

describe.each(CALLED)('what $listener $method $path answers to a stranger', (called) => {
  test('carries every safe header', async () => {
    const { headers } = await call(called)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(policy).not.toContain('unsafe')
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    })
    expect(headers.has('server') || headers.has('x-powered-by')).toBe(false)
  })

  test('names its type and charset', async () => {
    const answer = await call(called)
    expect(await answer.text()).not.toBe('')
    expect(answer.headers.get('content-type')).toMatch(
      /^(application\/(problem\+)?json|text\/html); charset=utf-8$/,
    )
  })

  test('redirects nobody, and lets no other origin read it', async () => {
    const answer = await call(called, { origin: 'https://evil.example' })
    expect(answer.status < 300 || answer.status >= 400).toBe(true)
    expect(
      [...answer.headers.keys()].filter((name) => /^(location|access-control)/.test(name)),
    ).toEqual([])
  })
})

test('TRACE is refused and echoes nothing', async () => {
  for (const url of [`${staff.url}/v1/session`, `${open.url}/reset`, `${open.url}/healthz`]) {
    const { status, text } = await new Promise<{ status: number; text: string }>(
      (resolve, reject) => {
        request(url, { method: 'TRACE', headers: { 'x-mark': 'come back' } }, (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (part) => {
            text += part
          })
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        })
          .on('error', reject)
          .end()
      },
    )
    expect([404, 405]).toContain(status)
    expect(text).not.toContain('come back')
  }
})

test('what a caller says about its way here is not believed', async () => {
  const way = {
    forwarded: 'for=203.0.113.9;host=evil.example',
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-real-ip': '203.0.113.9',
  }
  const ada = await staff.enrolled(['admin'])
  const body = { email: ada.email, password: PASSWORD, totp: await ada.code() }
  const cookie = cookieOf(await staff.ask('POST', '/v1/session', body, way))
  const ask = askAt(staff.url, { ...way, cookie })
  const sessions = await ask('GET', '/v1/sessions')
  expect(sessions.body.items.map(({ ip }: { ip: string }) => ip)).toEqual(['127.0.0.1'])
  const guest = { email: 'way@cordon.example', name: 'Way', roles: ['reviewer'] }
  const invited = await ask('POST', '/v1/staff', guest)
  expect(invited.status).toBe(201)
  expect(invited.body.link).not.toContain('evil.example')
})
