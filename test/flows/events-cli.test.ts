import { cordonHere } from '../support/cli-here.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder } from '../support/processes.js'

const folder = aFolder()
let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.close()
  folder.remove()
})

const events = (...args: string[]) =>
  cordonHere(['events', ...args], {
    CORDON_DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9',
  })
const json = async (...args: string[]) => JSON.parse((await events(...args, '--json')).out)

test('an endpoint is added, listed, given another secret, and disabled', async () => {
  const url = 'https://hooks.example.com/cordon'
  const made = await json(
    'add',
    '--format',
    'webhook',
    '--url',
    url,
    '--types',
    'account.held, case.opened',
  )
  expect(made).toEqual({
    id: expect.stringMatching(/^evp_/),
    secret: expect.stringMatching(/^whsec_/),
  })
  expect(await json('list')).toMatchObject([
    { id: made.id, url, types: ['account.held', 'case.opened'], liveSecrets: 1, disabledAt: null },
  ])
  const rotated = await json('rotate', made.id, '--hours', '1')
  expect(rotated.secret).not.toBe(made.secret)
  expect(await json('list')).toMatchObject([{ liveSecrets: 2 }])
  expect(await json('disable', made.id)).toEqual({ disabled: made.id })
  expect(await json('list')).toMatchObject([{ disabledBecause: 'asked' }])
  expect((await events('list')).out).toContain('disabled')
})

test('deliveries are listed and replayed by what is named', async () => {
  const { id } = await json('add', '--format', 'ssf_poll', '--audience', 'https://rp.example')
  expect(await json('deliveries', '--endpoint', id, '--status', 'dead', '--limit', '5')).toEqual([])
  expect(await json('replay', '--endpoint', id, '--from', '2026-11-24T16:00:00Z')).toEqual({
    replayed: 0,
  })
  expect((await events('replay', '--endpoint', id)).out).toBe('Nothing to send again.\n')
})

test('the key that signs tokens is replaced by name', async () => {
  expect(await json('rotate', '--signing-key')).toEqual({
    kid: expect.stringMatching(/^[\w-]{43}$/),
  })
})

test.each([
  [
    'a private receiver',
    ['add', '--format', 'webhook', '--url', 'https://10.0.0.1/'],
    'not public',
  ],
  ['http', ['add', '--format', 'webhook', '--url', 'http://example.com/'], 'https'],
  [
    'a type nobody knows',
    ['add', '--format', 'webhook', '--url', 'https://a.example/', '--types', 'x'],
    'not a type',
  ],
  ['a poller for nobody', ['add', '--format', 'ssf_poll'], 'audience'],
  ['a rotation of nothing', ['rotate'], 'Name one endpoint'],
  ['an endpoint that is not there', ['disable', 'evp_0'], 'No live endpoint'],
  ['a replay of everything', ['replay'], 'Name deliveries'],
  ['an id that is none', ['replay', 'x'], 'UUID'],
  ['a time that is none', ['replay', '--from', 'tomorrow'], '2026-11-24'],
  ['no deliveries', ['deliveries', '--limit', '0'], '--limit'],
])('%s is refused in words', async (_what, args, says) => {
  const { code, err } = await events(...args)
  expect([code, err]).toEqual([2, expect.stringContaining(says)])
})
