import { plainTerms } from '../../src/mail/forecast/terms.js'
import { WAVES } from '../../src/mail/waves/policy.js'
import type { Database } from '../../src/platform/db.js'
import { Refusal } from '../../src/platform/errors.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import { renderReport } from '../../src/sweeps/report/html.js'
import type { SweepReport } from '../../src/sweeps/report/report.js'
import { reportCsv, sweepReport } from '../../src/sweeps/report/service.js'
import { dueChunks, executeChunk } from '../../src/sweeps/running/service.js'
import { createTestDatabase } from '../support/database.js'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const EMBEDDED = { transport: 'embedded_mailbox' } as const
let database: Database
let sweepId: string

/** 60 exposed accounts of each kind the default policy knows, 40 strangers, 5 lines that are no address. */
const SCENE = [
  `INSERT INTO incident (id, title, kind, occurred_at, detected_at)
   VALUES ('inc', 'Leak <b>', 'addresses_exposed', now() - interval '3 hours', now() - interval '2 hours')`,
  `INSERT INTO list (id, incident_id, sha256, name, format, entries, accepted, duplicates, rejected)
   VALUES ('lst', 'inc', repeat('a', 64), 'leak.csv', 'csv', 355, 340, 10, 5)`,
  `INSERT INTO batch (list_id, no, at) VALUES ('lst', 1, now() - interval '3 hours')`,
  `INSERT INTO account (id, address, match_key, balance, currency, second_factors)
   SELECT CASE WHEN n = 1 THEN '=cmd|calc' ELSE 'acc-' || n END,
          'a' || n || '@example.org', 'a' || n || '@example.org',
          CASE WHEN n % 5 = 4 THEN 0 ELSE 100 END, 'USD',
          CASE WHEN n % 5 IN (3, 4) THEN '{totp}'::text[] ELSE '{}'::text[] END
   FROM generate_series(1, 300) n`,
  `INSERT INTO entry (list_id, line, batch, address, match_key)
   SELECT 'lst', n, 1, 'a' || n || '@example.org', 'a' || n || '@example.org' FROM generate_series(1, 340) n
   UNION ALL
   SELECT 'lst', 340 + n, 1, 'a' || n || '@example.org', 'a' || n || '@example.org' FROM generate_series(1, 10) n`,
  `INSERT INTO attempt (source_no, id, account_no, at, ip, succeeded, hostile)
   SELECT 2, a.id, a.no, date_trunc('milliseconds', now()) - interval '1 hour', '203.0.113.9', a.no % 5 = 0, true
   FROM account a WHERE a.no % 5 IN (0, 1, 3)`,
]

beforeAll(async () => {
  database = await createTestDatabase()
  for (const statement of SCENE) await database.db.$executeRawUnsafe(statement)
  sweepId = await planSweep(
    {
      db: database.db,
      log: quiet,
      now: () => new Date(),
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      fourEyes: true,
      mailRevision: 'r1',
      textRevision: 't1',
      mailTerms: plainTerms(WAVES),
    },
    { incidentId: 'inc', listIds: ['lst'], policy: DEFAULT_POLICY, actor: 'staff:ana' },
  )
})
afterAll(() => database.close())

const report = (): Promise<SweepReport> => sweepReport(database.db, sweepId, EMBEDDED)
const failing = ({ checks }: SweepReport) => checks.filter(({ holds }) => !holds)

async function csvLines(): Promise<string[]> {
  let text = ''
  for await (const piece of reportCsv(database.db, sweepId)) text += piece
  return text.split('\r\n').slice(0, -1)
}

async function runChunks(most = Number.POSITIVE_INFINITY): Promise<void> {
  for (let left = most; left > 0; ) {
    const due = await dueChunks(database.db, sweepId)
    if (due.length === 0) return
    for (const { no } of due.slice(0, left))
      await executeChunk({ db: database.db, log: quiet }, sweepId, no)
    left -= due.length
  }
}

test('an unknown sweep is refused', async () => {
  const refused = expect.objectContaining({ code: 'sweep_not_found' })
  await expect(sweepReport(database.db, 'swp_none', EMBEDDED)).rejects.toEqual(refused)
  await expect(reportCsv(database.db, 'swp_none').next()).rejects.toBeInstanceOf(Refusal)
})

test('a plan is reported before anything ran, and adds up', async () => {
  const planned = await report()
  expect(failing(planned)).toEqual([])
  expect(planned.exposure).toEqual({
    entries: 355,
    duplicates: 10,
    exposed: 345,
    matched: 300,
    unknown: 40,
    rejected: 5,
  })
  expect(planned.accounts).toEqual({ planned: 300, equivalent: 0, done: 0, notYet: 300 })
  expect(planned.byTier).toEqual({
    takeover: 60,
    attacked: 60,
    unprotected: 60,
    targeted: 60,
    listed: 60,
  })
  expect((await csvLines()).every((line, no) => no === 0 || line.includes(',not_yet,'))).toBe(true)
})

test('a sweep that is running adds up between any two chunks', async () => {
  const { planDigest, resets, approvalsNeeded } = await getSweep(database.db, sweepId)
  const deps = { db: database.db, log: quiet, mailRevision: 'r1' }
  for (const approver of ['os:mina', 'os:joao'].slice(0, approvalsNeeded ?? 0)) {
    const approval = { planDigest: planDigest ?? '', expectedResets: resets ?? 0, approver }
    await approveSweep(deps, sweepId, approval)
  }
  await startSweep(deps, sweepId, 'staff:ana')
  await runChunks(1)
  // Its owner adds a second factor after the hold: this action is superseded and the hold released.
  await database.db.$executeRaw`UPDATE account SET second_factors = '{totp}' WHERE id = 'acc-2'`
  const held = await report()
  expect(failing(held)).toEqual([])
  expect(held).toMatchObject({ accounts: { done: 0 }, holds: { held: 180, newlyHeld: 180 } })
  await runChunks(1)
  const canary = await report()
  expect(failing(canary)).toEqual([])
  expect(canary.accounts).toMatchObject({ done: 50, notYet: 250 })
})

test('a finished sweep has one outcome per account, its effects and its audit rows', async () => {
  await runChunks()
  const finished = await report()
  expect(failing(finished)).toEqual([])
  expect(finished.checks).toHaveLength(17)
  expect(finished.sweep).toMatchObject({ status: 'finished', fourEyes: true })
  expect(finished.byOutcome).toEqual({
    reset_ordered: 179,
    held: 0,
    review_opened: 60,
    notified: 60,
    already_protected: 0,
    superseded: 1,
  })
  expect(finished.superseded).toMatchObject([{ code: 'second_factor_enrolled', count: 1 }])
  expect(finished.holds).toEqual({ held: 180, newlyHeld: 180, releasedAgain: 1 })
  expect(finished.resets).toMatchObject({ ordered: 179, waiting: 179, completed: 0 })
  expect(finished.cases).toMatchObject({ total: 180, decided: 0 })
  const kinds = finished.timeline.map(({ kind }) => kind)
  expect(kinds).toEqual([
    'occurred',
    'detected',
    'sweep.requested',
    'sweep.planned',
    ...finished.sweep.approvals.map(() => 'sweep.approved'),
    'sweep.started',
    'holds_done',
    'canary_done',
    'accounts_done',
    'sweep.finished',
  ])
})

test('what owners and reviewers do afterwards is followed', async () => {
  const { db } = database
  await db.$executeRaw`UPDATE mail SET status = 'accepted', accepted_at = now() WHERE purpose = 'reset'`
  await db.$executeRaw`
    UPDATE reset SET status = 'completed', completed_at = now(), opened_at = now()
    WHERE no IN (SELECT no FROM reset ORDER BY no LIMIT 30)`
  await db.$executeRaw`
    UPDATE review_case SET status = 'decided', decision = 'release', decision_reason = 'false_alarm'
    WHERE no IN (SELECT no FROM review_case ORDER BY no LIMIT 7)`
  const later = await report()
  expect(failing(later)).toEqual([])
  expect(later.funnel.map(({ count }) => count)).toEqual([345, 300, 180, 179, 179, 30])
  expect(later.cases.decisions).toEqual([{ decision: 'release', reason: 'false_alarm', cases: 7 }])
  expect(later.mail).toMatchObject({ toldOutside: false })
})

test('an effect that the sweep lost does not go unnoticed', async () => {
  const { db } = database
  await db.$executeRaw`UPDATE reset SET sweep_id = NULL WHERE no = (SELECT max(no) FROM reset)`
  expect(failing(await report()).map(({ invariant }) => invariant)).toEqual(['I3'])
})

test('the CSV names every account once, in the plan’s order, harmlessly and without an address', async () => {
  const [header, ...lines] = await csvLines()
  expect(header).toMatch(/^account_id,match,score,/)
  expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(300)
  const scores = lines.map((line) => Number(line.split(',')[2]))
  expect(scores).toEqual(scores.toSorted((left, right) => right - left))
  expect(lines.some((line) => line.startsWith(`"'=cmd|calc",equal,`))).toBe(true)
  expect(lines.join()).not.toContain('@')
})

test('the page of a real sweep holds no address and no markup from outside', async () => {
  const page = renderReport(await report())
  expect(page).toContain('Leak &lt;b&gt;')
  expect(page).not.toContain('@example.org')
})
