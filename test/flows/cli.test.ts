import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/platform/db.js'
import { cordonHere } from '../support/cli-here.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder, builtCli, collect, type Ended, runToEnd, start } from '../support/processes.js'

// The whole main job, as a person types it.

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
  FOUR_EYES: 'off',
  ...over,
})
const cordon = (args: readonly string[], env: Record<string, string> = {}) =>
  cordonHere(args, envOf(env))
/** The program itself, in a process of its own. */
const spawned = (args: readonly string[]) => runToEnd([cli, ...args], { env: envOf({}) })

/** The one JSON answer of a command that must succeed. */
async function json<T>(args: readonly string[], env: Record<string, string> = {}): Promise<T> {
  return only(await cordon([...args, '--json'], env))
}

function only<T>({ code, out, err }: Ended): T {
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out.trim().split('\n')).toHaveLength(1)
  return JSON.parse(out) as T
}

function file(name: string, text: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}

const ids = Array.from({ length: 60 }, (_, index) => `acc-${index}`)
const accounts = () =>
  file(
    'accounts.csv',
    `id,address,balance,currency,second_factors\n${ids.map((id, index) => `${id},${id}@shop.example,${index % 2 ? '5.00' : ''},USD,${index % 3 ? 'none' : 'totp'}`).join('\n')}\n`,
  )
const attempts = () =>
  file(
    'attempts.ndjson',
    Array.from({ length: 12 }, (_, index) =>
      JSON.stringify({
        id: `t-${index}`,
        account: { id: 'acc-1' },
        at: new Date(Date.now() - 3_600_000 + index * 10_000).toISOString(),
        ip: '203.0.113.9',
        outcome: 'failure',
      }),
    ).join('\n'),
  )
const leak = () =>
  file(
    'leak.eml',
    `From: news@shop.example\r\nTo: ${[...ids.slice(0, 50), 'stranger'].map((id) => `${id}@shop.example`).join(',\r\n ')}\r\nDate: Fri, 01 Nov 2019 06:00:00 +0000\r\nSubject: Index\r\n\r\nHello\r\n`,
  )

type Plan = {
  id: string
  planDigest: string
  resets: number
  status: string
  counts: Record<string, number>
}
let plan: Plan

test('accounts and attempts are imported', async () => {
  expect(await json(['accounts', 'import', accounts()])).toMatchObject({
    received: 60,
    created: 60,
    rejectedCount: 0,
  })
  expect(await json(['attempts', 'import', attempts()])).toMatchObject({
    accepted: 12,
    rejectedCount: 0,
  })
})

test('a sweep is planned, and nothing has happened', async () => {
  // By the program that runs it later: an approval is for one build.
  plan = only<Plan>(await spawned(['sweep', leak(), '--title', 'Index mail', '--json']))
  expect(plan).toMatchObject({
    status: 'planned',
    planDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: { entries: 51, matched: 50, unknown: 1, rejected: 0, exposed: 51, accounts: 50 },
  })
  expect(await database.db.standing.count()).toBe(0)
})

test.each([
  ['no digest', ['--execute'], /--confirm/],
  ['another digest', ['--execute', '--confirm', '0'.repeat(64)], /digest/],
])('with %s nothing is executed', async (_rule, args, says) => {
  const { code, err } = await cordon(['sweep', leak(), ...args])
  expect([code, err]).toEqual([2, expect.stringMatching(says)])
  expect(err.trim().split('\n')).toHaveLength(1)
  expect(await database.db.outcome.count()).toBe(0)
})

test('the digest of other files confirms nothing', async () => {
  const other = file('other.txt', 'acc-59@shop.example\n')
  const { code, err } = await cordon(['sweep', other, '--execute', '--confirm', plan.planDigest])
  expect([code, err]).toEqual([2, expect.stringContaining('digest')])
})

test('confirmed, it runs to its end: everybody has an outcome, every mail is out, the report is written', async () => {
  const out = join(folder.path, 'report.html')
  const report = only<{
    byOutcome: Record<string, number>
    checks: { holds: boolean; name: string }[]
    reportPath: string
  }>(
    await spawned([
      ...['sweep', leak(), '--execute', '--confirm', plan.planDigest.slice(0, 16)],
      ...['--out', out, '--json'],
    ]),
  )
  expect(Object.values(report.byOutcome).reduce((sum, each) => sum + each, 0)).toBe(50)
  expect(report.checks.filter(({ holds }) => !holds)).toEqual([])
  expect(report.reportPath).toBe(out)
  expect(await database.db.reset.count()).toBe(plan.resets)
  expect(await database.db.mail.count({ where: { status: 'accepted' } })).toBe(
    await database.db.mail.count(),
  )
  const messages = await json<unknown[]>(['mail', 'list'])
  expect(messages).toHaveLength(await database.db.mail.count())
})

test('the same plan a second time is refused and changes nothing', async () => {
  const before = await database.db.auditEvent.count()
  const { code, out, err } = await spawned([
    'sweep',
    leak(),
    '--execute',
    '--confirm',
    plan.planDigest,
  ])
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/finished.*runs once/)
  expect(await database.db.auditEvent.count()).toBe(before)
})

test('the most urgent case is claimed and decided', async () => {
  const next = await json<{ case: { id: string; account: string; tier: string }; fence: number }>([
    'cases',
    'next',
  ])
  expect(next).toMatchObject({ case: { account: 'acc-1', tier: 'attacked' }, fence: 1 })
  const escalate = ['cases', 'escalate', next.case.id, '--fence', '1', '--comment']
  expect((await cordon([...escalate, ' '])).code).toBe(2)
  expect(await cordon([...escalate, 'Is it her?'])).toMatchObject({ code: 0, err: '' })
  expect(await json(['cases', 'next'])).toBeNull()
  expect(await json(['cases', 'claim', next.case.id])).toMatchObject({ fence: 2 })
  const decide = [
    'cases',
    'decide',
    next.case.id,
    '--fence',
    '2',
    '--decision',
    'keep_reset',
    '--reason',
    'attack_failed',
  ]
  expect(await json(decide)).toMatchObject({ status: 'decided', decision: 'keep_reset' })
  const again = await cordon(decide)
  expect([again.code, again.err]).toEqual([2, expect.stringMatching(/no longer holds/)])
  expect(await json(['cases', 'next'])).toBeNull()
})

test('the record verifies, from the database and from an export', async () => {
  const verify = () =>
    json<{ verified: number; head: string; waiting: number }>(['audit', 'verify'])
  let verified = await verify()
  while (verified.waiting > 0) verified = await verify()
  expect(verified.verified).toBeGreaterThan(60)
  const path = join(folder.path, 'audit.ndjson')
  expect((await cordon(['audit', 'export', path])).code).toBe(0)
  const offline = await json<{ verified: number; head: string }>(['audit', 'verify', path], {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  })
  expect(offline).toMatchObject({ verified: verified.verified, head: verified.head })
})

test('the workers wrote checkpoints at start and at the end, and the record agrees with them', async () => {
  const { key } = await json<{ key: string }>(['audit', 'key'])
  const from = join(folder.path, 'data/checkpoints')
  const { checkpoints } = await json<{ checkpoints: { total: number; newest: { size: number } } }>([
    ...['audit', 'verify', '--checkpoints', from, '--key', key],
  ])
  expect(checkpoints).toMatchObject({ agreeing: checkpoints.total, faults: [] })
  expect(checkpoints.total).toBeGreaterThanOrEqual(2)
  expect(checkpoints.newest.size).toBeGreaterThan(60)
})

describe('four eyes', () => {
  const on = { FOUR_EYES: 'on' }
  test('on: whoever asked for a plan cannot approve it alone', async () => {
    const path = file('four.txt', 'acc-55@shop.example\nacc-56@shop.example\n')
    const asked = await json<Plan>(['sweep', path, '--title', 'Four eyes'], on)
    const before = await database.db.outcome.count()
    const executed = await cordon(['sweep', path, '--execute', '--confirm', asked.planDigest], on)
    expect([executed.code, executed.err]).toEqual([2, expect.stringMatching(/Four eyes/)])
    const approved = await cordon(
      [
        'sweeps',
        'approve',
        asked.id,
        '--confirm',
        asked.planDigest,
        '--expect-resets',
        String(asked.resets),
      ],
      on,
    )
    expect([approved.code, approved.err]).toEqual([2, expect.stringMatching(/Four eyes/)])
    expect((await cordon(['sweeps', 'start', asked.id], on)).code).toBe(2)
    expect(await database.db.outcome.count()).toBe(before)
  })

  test('a plan asked for under four eyes stays under them when they are switched off later', async () => {
    const path = file('later.txt', 'acc-57@shop.example\n')
    const asked = await json<Plan>(['sweep', path, '--title', 'Later'], on)
    const { code } = await cordon(['sweep', path, '--execute', '--confirm', asked.planDigest])
    expect(code).toBe(2)
  })
})

test('a plan that matches nobody runs, and ends', async () => {
  const path = file('nobody.txt', 'nobody@elsewhere.example\n')
  const asked = await json<Plan>(['sweep', path, '--title', 'Nobody'])
  const report = await json<{ byOutcome: Record<string, number> }>([
    'sweep',
    path,
    '--execute',
    '--confirm',
    asked.planDigest,
  ])
  expect(Object.values(report.byOutcome).reduce((sum, each) => sum + each, 0)).toBe(0)
})

test('what people see names the numbers, the digest, and that nobody outside will be told', async () => {
  const { out } = await cordon(['sweep', leak(), '--title', 'For people'])
  for (const said of [
    'matched',
    'Digest',
    'Nobody outside will be told',
    'FOUR_EYES=off',
    '--confirm',
  ])
    expect(out).toContain(said)
})

test('whose reader goes away, as head does, comes to its end without a complaint', async () => {
  const list = file('many.csv', `email\n${'one@shop.example\n'.repeat(10)}`)
  const child = start([cli, 'parse', list], { env: envOf({}) })
  child.stdout?.destroy()
  const err = collect(child, 'stderr')
  const [code] = await once(child, 'close')
  expect({ code, err: err() }).toEqual({ code: 0, err: '' })
})
