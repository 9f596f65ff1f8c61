import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal } from '../../../src/platform/errors.js'
import { type Outbound, outboundUrl, post, type Resolved } from '../../../src/platform/outbound.js'
import { reachOf } from '../../../src/platform/outbound-address.js'

const PUBLIC: Outbound = { allowPrivate: false }
const PRIVATE: Outbound = { allowPrivate: true }
const CALL = { headers: {}, body: '{}', timeoutMs: 2_000 }

let server: Server
let port: number
let hits = 0
let redirectTo = ''

beforeAll(async () => {
  server = createServer((req, res) => {
    hits += 1
    if (req.url === '/redirect') res.writeHead(307, { location: redirectTo }).end()
    else if (req.url === '/large') res.writeHead(200).end('x'.repeat(5_000_000))
    else if (req.url === '/drip') res.writeHead(200).write('x')
    else if (req.url === '/silent') return
    else res.writeHead(200).end('reached')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
  redirectTo = `http://127.0.0.1:${port}/inner`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  hits = 0
})

const refusalOf = (url: string, outbound = PUBLIC): string | undefined => {
  try {
    outboundUrl(url, outbound)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

const HOSTILE = [
  'http://example.com/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://134744072/', // 8.8.8.8, spelled so that nobody reads it
  'https://0x8.0x8.0x8.0x8/',
  'https://１２７.０.０.１/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://%31%32%37.0.0.1/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://admin.localhost/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://100.127.255.255/',
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.0.1/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://239.255.255.255/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001::1]/',
  'https://[2001:db8::1]/',
  'https://[3fff::1]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://[100::1]/',
  'https://example.com:8443/',
  'https://example.com:22/',
  'https://name:password@example.com/',
  'https://example.com@127.0.0.1/',
  'https://@example.com/',
  'https:\\\\127.0.0.1\\',
  'https://example.com\\@127.0.0.1/',
  'https://exam\nple.com/',
  ' https://example.com/',
  'https:///',
  'https:127.0.0.1',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:25/_HELO',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//127.0.0.1/',
  'example.com',
  '',
  `https://example.com/${'a'.repeat(2_100)}`,
]

test.each(HOSTILE)('%j is not called', async (url) => {
  expect(refusalOf(url)).toBe('url_refused')
  const never = { ...PUBLIC, resolve: async () => [{ address: '127.0.0.1', family: 4 }] }
  expect(await post(url, CALL, never)).toEqual({ kind: 'failed', because: 'url_refused' })
  expect(hits).toBe(0)
})

test.each([
  'https://example.com/',
  'https://example.com:443/hooks?a=b',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://xn--bcher-kva.example/',
])('%s may be called', (url) => expect(refusalOf(url)).toBeUndefined())

test.each([
  ['http://127.0.0.1:9000/', undefined],
  ['http://localhost:9000/', undefined],
  ['http://[::1]:9000/', undefined],
  ['https://10.0.0.5:8443/', undefined],
  ['https://hooks.internal:8443/', undefined],
  ['http://10.0.0.5/', 'url_refused'],
  ['http://hooks.internal/', 'url_refused'],
  ['https://169.254.169.254/', 'url_refused'],
  ['https://[fe80::1]/', 'url_refused'],
  ['https://0.0.0.0/', 'url_refused'],
  ['https://[::ffff:127.0.0.1]/', 'url_refused'],
])('with private receivers allowed, %s is %s', (url, code) => {
  expect(refusalOf(url, PRIVATE)).toBe(code)
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '0.0.0.0',
  '::1',
  '::ffff:127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fe80::1',
  'fd00::1',
  '224.0.0.1',
  'not an address',
])('a name that leads to %s is not connected to', async (address) => {
  const resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }]
  const answer = await post('https://hooks.example.com/', CALL, { ...PUBLIC, resolve })
  expect(answer).toEqual({ kind: 'failed', because: 'address_refused' })
  expect(hits).toBe(0)
})

test('one address that is not public refuses all that a name has', async () => {
  const found = [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]
  const answer = await post('https://hooks.example.com/', CALL, {
    ...PUBLIC,
    resolve: async () => found,
  })
  expect(answer).toEqual({ kind: 'failed', because: 'address_refused' })
})

test('a name that changes from a public address to this machine is asked once a call, and gains nothing', async () => {
  const answers: Resolved[][] = [
    [{ address: '2000::1', family: 6 }], // public to every table, and routed nowhere
    [{ address: '127.0.0.1', family: 4 }],
  ]
  let asked = 0
  const resolve = async () => answers[Math.min(asked++, 1)] ?? []
  const outbound = { ...PUBLIC, resolve }
  const first = await post('https://rebind.example/', { ...CALL, timeoutMs: 200 }, outbound)
  expect([first.kind, asked]).toEqual(['failed', 1])
  expect(first).not.toEqual({ kind: 'failed', because: 'address_refused' })
  const second = await post('https://rebind.example/', CALL, outbound)
  expect([second, asked]).toEqual([{ kind: 'failed', because: 'address_refused' }, 2])
  expect(hits).toBe(0)
})

test('what was checked is what is connected to: the same server, reached once and then not', async () => {
  let asked = 0
  const resolve = async () => {
    asked += 1
    // The system connects 0.0.0.0 to this machine: only the check stands between.
    return [{ address: asked === 1 ? '127.0.0.1' : '0.0.0.0', family: 4 }]
  }
  const outbound = { ...PRIVATE, resolve }
  const url = `http://localhost:${port}/`
  expect(await post(url, CALL, outbound)).toMatchObject({ kind: 'answered', status: 200 })
  expect(await post(url, CALL, outbound)).toEqual({ kind: 'failed', because: 'address_refused' })
  expect([asked, hits]).toEqual([2, 1])
})

test('also where private receivers are allowed, http reaches this machine only', async () => {
  const here = { ...PRIVATE, resolve: async () => [{ address: '127.0.0.1', family: 4 }] }
  expect(await post(`http://localhost:${port}/`, CALL, here)).toMatchObject({ status: 200 })
  const moved = { ...PRIVATE, resolve: async () => [{ address: '10.0.0.1', family: 4 }] }
  expect(await post(`http://localhost:${port}/`, CALL, moved)).toMatchObject({
    because: 'address_refused',
  })
})

test('a redirect is an answer, not a way', async () => {
  const answer = await post(`http://127.0.0.1:${port}/redirect`, CALL, PRIVATE)
  expect(answer).toMatchObject({ kind: 'answered', status: 307 })
  expect(hits).toBe(1)
})

test('of a large answer little is read', async () => {
  const answer = await post(`http://127.0.0.1:${port}/large`, CALL, PRIVATE)
  expect(answer).toMatchObject({ kind: 'answered', status: 200 })
  expect(answer.kind === 'answered' && answer.body.length).toBe(4_096)
})

test('whoever says nothing in time has not answered; whoever said the status has', async () => {
  const short = { ...CALL, timeoutMs: 100 }
  expect(await post(`http://127.0.0.1:${port}/silent`, short, PRIVATE)).toEqual({
    kind: 'failed',
    because: 'timeout',
  })
  expect(await post(`http://127.0.0.1:${port}/drip`, short, PRIVATE)).toMatchObject({ status: 200 })
})

test('a closed port is a failure with its code', async () => {
  expect(await post('http://127.0.0.1:1/', CALL, PRIVATE)).toEqual({
    kind: 'failed',
    because: 'ECONNREFUSED',
  })
})

test.each([
  ['8.8.8.8', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['172.32.0.1', 'public'],
  ['223.255.255.255', 'public'],
  ['2a00:1450::1', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['2003::1', 'public'],
  ['10.0.0.1', 'private'],
  ['fd12::1', 'private'],
  ['4000::1', 'nowhere'],
  ['fe80::1%eth0', 'nowhere'],
])('%s reaches %s', (address, reach) => expect(reachOf(address)).toBe(reach))
