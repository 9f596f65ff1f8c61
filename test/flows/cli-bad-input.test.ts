import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Database } from '../../src/platform/db.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { cordonHere } from '../support/cli-here.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder, builtCli, type Ended, runToEnd } from '../support/processes.js'

// Whatever is wrong: one clear line on standard error, exit code 2, and nothing lost.

const folder = aFolder()
let database: Database & { url: string }
let cli: string
beforeAll(async () => {
  database = await createTestDatabase()
  cli = await builtCli(folder.path)
})
afterAll(async () => {
  await database.close()
  folder.remove()
})

const envOf = (over: Record<string, string>) => ({
  DATABASE_URL: database.url,
  CORDON_DATA_DIR: join(folder.path, 'data'),
  ...over,
})
const cordon = (args: readonly string[], env: Record<string, string> = {}) =>
  cordonHere(args, envOf(env))
/** The program itself, in a process of its own. */
const spawned = (args: readonly string[], env: Record<string, string> = {}) =>
  runToEnd([cli, ...args], { env: envOf(env) })

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return path
}

/** Progress lines are no complaint. */
const complaint = (err: string) =>
  err.split('\n').filter((line) => line !== '' && !line.startsWith('  '))

function expectRefusal({ code, out, err }: Ended, says: RegExp): void {
  expect(complaint(err)).toEqual([expect.stringMatching(says)])
  expect(complaint(err)[0]).toMatch(/^cordon: /)
  expect(out).toBe('')
  expect(code).toBe(2)
}

const addresses = (count: number) =>
  Array.from({ length: count }, (_, index) => `person-${index}@shop.example\n`).join('')

/** Hard to pack, so that half of the packed bytes is not half of a header. */
const noise = Array.from(
  { length: 5_000 },
  (_, index) => `${(index * 2_654_435_761) >>> 0}@shop.example\n`,
).join('')

type Bad = [rule: string, name: string, content: () => string | Uint8Array, says: RegExp]
const LISTS: Bad[] = [
  ['an empty file', 'empty.txt', () => '', /empty/],
  ['a file of blanks', 'blank.txt', () => ' \n\t\n', /empty|no address/],
  [
    'a binary file',
    'binary.txt',
    () => Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7) % 256),
    /binary|not text/,
  ],
  [
    'a truncated gzip',
    'cut.txt.gz',
    () => gzipSync(noise).subarray(0, 9_000),
    /cut|truncated|ends/,
  ],
  ['a gzip that is none', 'fake.csv.gz', () => 'id,email\n1,a@b.example\n', /gzip/i],
  [
    'a message called CSV',
    'mail.csv',
    () => 'From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nbody\r\n',
    /csv/i,
  ],
  [
    'NDJSON called a message',
    'lines.eml',
    () => '{"email":"a@b.example"}\n{"email":"c@d.example"}\n',
    /eml|message/i,
  ],
  ['a CSV without addresses', 'no-addresses.csv', () => 'id,name\n1,Ana\n2,Ben\n', /address/],
]

describe('a list', () => {
  test.each(LISTS)('%s', async (_rule, name, content, says) => {
    const path = file(name, content())
    const lists = await database.db.list.count()
    expectRefusal(await cordon(['sweep', path, '--title', name]), says)
    expect((await cordon(['parse', path])).code).toBe(2)
    expect(await database.db.list.count()).toBe(lists)
    expect(await database.db.sweep.count()).toBe(0)
  })

  test('a line of ten megabytes is one rejection; its neighbours are read', async () => {
    const path = file(
      'long.txt',
      `first@shop.example\n${'x'.repeat(10 * 2 ** 20)}\nlast@shop.example\n`,
    )
    const { code, out } = await cordon(['parse', path, '--json'])
    const parsed = JSON.parse(out) as {
      accepted: string[]
      rejected: { line: number; reason: string }[]
    }
    expect(code).toBe(0)
    expect(parsed.accepted).toEqual(['first@shop.example', 'last@shop.example'])
    expect(parsed.rejected).toMatchObject([{ line: 2, reason: 'line_too_long' }])
  })

  test.each([
    [
      'that does not exist',
      () => join(folder.path, 'nothing.txt'),
      /There is no file .*nothing\.txt/,
    ],
    ['that is a folder', () => folder.path, /is not a file/],
  ])('%s', async (_rule, path, says) => {
    for (const args of [
      ['sweep', path()],
      ['parse', path()],
      ['accounts', 'import', path()],
      ['attempts', 'import', path()],
      ['audit', 'verify', path()],
    ])
      expectRefusal(await cordon(args), says)
  })
})

describe('accounts and attempts', () => {
  const good = 'id,address,balance\na-1,a@shop.example,5\n'
  test.each<[string, string, string, string | Uint8Array, RegExp]>([
    ['an empty CSV', 'accounts', 'a-empty.csv', '', /empty/],
    ['an empty NDJSON', 'accounts', 'a-empty.ndjson', '', /empty/],
    ['a CSV without the columns', 'accounts', 'a-cols.csv', 'name,age\nAna,5\n', /id and address/],
    [
      'a CSV with columns nobody knows',
      'accounts',
      'a-unknown.csv',
      'id,address,vip\n1,a@b.example,1\n',
      /vip/,
    ],
    [
      'a CSV whose quote never ends',
      'accounts',
      'a-quote.csv',
      `${good}b,"b@shop.example,5\n`,
      /line|quote/i,
    ],
    ['a gzip', 'accounts', 'a.csv.gz', gzipSync(good), /gzip|not text|binary/i],
    ['an empty file', 'attempts', 't-empty.ndjson', '', /empty/],
    [
      'a binary file',
      'attempts',
      't-binary.ndjson',
      Uint8Array.from({ length: 2_000 }, (_, index) => (index * 11) % 256),
      /not text|binary/i,
    ],
  ])('%s', async (_rule, ...[command, name, content, says]) => {
    expectRefusal(await cordon([command, 'import', file(name, content)]), says)
  })

  test('bad records are counted and named by line, without stopping the good ones', async () => {
    const path = file(
      'mixed.ndjson',
      [
        '{"id":"m-1","address":"m1@shop.example","balance":{"value":"-5","currency":"USD"}}',
        '{"id":"m-2","address":"m2@shop.example","balance":{"value":"1e5","currency":"USD"}}',
        '{"id":"m-3","address":"m3@shop.example"}',
        'not json',
        '{"id":"m-3","address":"m3@shop.example"}',
      ].join('\n'),
    )
    const { code, out } = await cordon(['accounts', 'import', path, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      received: 5,
      created: 1,
      unchanged: 1,
      rejectedCount: 3,
    })
    expect(
      (JSON.parse(out) as { rejected: { index: number }[] }).rejected.map(({ index }) => index),
    ).toEqual([1, 2, 4])
  })

  test('attempts of accounts nobody knows are kept and harm nobody', async () => {
    const path = file(
      'unknown.ndjson',
      `${JSON.stringify({ id: 'u-1', account: { id: 'nobody' }, at: '2026-11-02T10:00:00Z', ip: '203.0.113.9', outcome: 'failure' })}\n`,
    )
    expect(JSON.parse((await cordon(['attempts', 'import', path, '--json'])).out)).toMatchObject({
      accepted: 1,
      rejectedCount: 0,
    })
  })
})

describe('a policy', () => {
  const leak = () => file('policy-leak.txt', addresses(3))
  test.each<[string, string, RegExp]>([
    ['with unknown fields', JSON.stringify({ ...DEFAULT_POLICY, threshold: 5 }), /threshold/],
    [
      'with overlapping ranges',
      JSON.stringify({
        ...DEFAULT_POLICY,
        rules: [
          ...DEFAULT_POLICY.rules,
          { code: 'many', points: 5, says: 's', when: { hostileAttempts: { atLeast: 10 } } },
        ],
      }),
      /overlaps/,
    ],
    ['that is no JSON', '{', /not JSON/],
    ['that is empty', '', /not JSON/],
  ])('%s', async (rule, text, says) => {
    const path = file(`policy-${rule.length}.json`, text)
    expectRefusal(await cordon(['sweep', leak(), '--policy', path]), says)
    expect(await database.db.sweep.count()).toBe(0)
  })
})

describe('the world around', () => {
  test('a database that does not answer', async () => {
    const started = performance.now()
    const ended = await cordon(['cases', 'list'], {
      DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/cordon',
    })
    expectRefusal(ended, /database does not answer.*DATABASE_URL/)
    expect(ended.err).not.toContain('hunter2')
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  describe('a port that is taken', () => {
    let taken: Server
    let port: number
    beforeAll(async () => {
      taken = createServer()
      await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening))
      port = (taken.address() as { port: number }).port
    })
    afterAll(() => new Promise((closed) => taken.close(closed)))

    test.each(['STAFF_ADDR', 'PUBLIC_ADDR'])('%s', async (name) => {
      const env = {
        STAFF_ADDR: '127.0.0.1:0',
        PUBLIC_ADDR: '127.0.0.1:0',
        [name]: `127.0.0.1:${port}`,
      }
      expectRefusal(
        await spawned(['serve'], env),
        new RegExp(`already listens on 127.0.0.1:${port}.*${name}`),
      )
    })
  })

  test('every variable that is wrong, at once', async () => {
    const { code, err } = await cordon(['serve'], {
      FOUR_EYES: 'maybe',
      STAFF_ADDR: 'x',
      SMTP_URL_FILE: '/no/such/file',
    })
    expect(code).toBe(2)
    for (const name of ['FOUR_EYES', 'STAFF_ADDR', 'SMTP_URL_FILE']) expect(err).toContain(name)
  })

  test('a report that cannot be written is refused before anything runs', async () => {
    const leak = file('report-leak.txt', addresses(2))
    mkdirSync(join(folder.path, 'a-folder'), { recursive: true })
    const planned = JSON.parse(
      (await cordon(['sweep', leak, '--title', 'Report', '--json'], { FOUR_EYES: 'off' })).out,
    ) as { planDigest: string; id: string }
    const args = [
      'sweep',
      leak,
      '--execute',
      '--confirm',
      planned.planDigest,
      '--out',
      join(folder.path, 'a-folder'),
    ]
    expectRefusal(await cordon(args, { FOUR_EYES: 'off' }), /a-folder/)
    expect((await database.db.sweep.findUniqueOrThrow({ where: { id: planned.id } })).status).toBe(
      'planned',
    )
  })

  test('an export that cannot be written', async () => {
    expectRefusal(
      await cordon(['audit', 'export', '/no/such/folder/audit.ndjson']),
      /\/no\/such\/folder/,
    )
  })

  test('a mail server that refuses loses no mail, and is named', async () => {
    const leak = file('smtp-leak.txt', addresses(1))
    await cordon([
      'accounts',
      'import',
      file('smtp.csv', 'id,address\nsmtp-1,person-0@shop.example\n'),
    ])
    const env = {
      FOUR_EYES: 'off',
      SMTP_URL: 'smtp://app:hunter2@127.0.0.1:1',
      MAIL_WAVES: '{"gatherSeconds":0}',
    }
    const planned = JSON.parse(
      (await cordon(['sweep', leak, '--title', 'SMTP', '--json'], env)).out,
    ) as { planDigest: string; id: string }
    const { code, err } = await cordon(
      ['sweep', leak, '--execute', '--confirm', planned.planDigest, '--json'],
      env,
    )
    expect(err).toMatch(/SMTP_URL|mail server/i)
    expect(err).not.toContain('hunter2')
    expect(code).toBe(2)
    const mails = await database.db.mail.findMany({ where: { sweepId: planned.id } })
    expect(mails).toMatchObject([{ status: 'staged' }])
    expect((await database.db.sweep.findUniqueOrThrow({ where: { id: planned.id } })).status).toBe(
      'finished',
    )
  })
})

describe('the command line', () => {
  test.each([
    [['swep', 'x'], /unknown command/],
    [['sweep'], /missing required argument/],
    [['sweep', 'x', '--exectue'], /unknown option/],
    [
      ['cases', 'decide', 'x', '--fence', '0', '--decision', 'lock', '--reason', 'duplicate'],
      /whole number above 0/,
    ],
    [
      ['cases', 'decide', 'x', '--fence', '1', '--decision', 'delete', '--reason', 'duplicate'],
      /delete/,
    ],
    [
      [
        'cases',
        'decide',
        'no-such-case',
        '--fence',
        '1',
        '--decision',
        'lock',
        '--reason',
        'duplicate',
      ],
      /no case no-such-case/,
    ],
    [['sweeps', 'show', 'swp_none'], /no sweep swp_none/],
    [
      ['sweeps', 'approve', 'swp_none', '--confirm', 'x', '--expect-resets', 'many'],
      /whole number/,
    ],
    [['sweep', 'x', '--occurred-at', 'yesterday'], /not a time/],
    [['keys', 'add', '--role', 'king', '--name', 'x'], /king/],
    [['demo', '--once', '--accounts', '3'], /500 to 1000000/],
  ])('%j', async (args, says) => {
    const { code, err } = await cordon(args)
    expect([code, err]).toEqual([2, expect.stringMatching(says)])
  })

  test('with --json a refusal is one problem document on standard output', async () => {
    const { code, out, err } = await spawned(['sweeps', 'show', 'swp_none', '--json'])
    expect([code, err]).toEqual([2, ''])
    expect(JSON.parse(out)).toMatchObject({
      type: 'urn:cordon:problem:sweep_not_found',
      status: 404,
    })
  })

  test('--help and --version succeed without a database', async () => {
    const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    for (const flag of ['--help', '--version']) expect((await cordon([flag], env)).code).toBe(0)
  })
})
