import { Agent, request } from 'node:http'
import { generateSync } from 'otplib'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import type { StaffRole } from '../../src/contract/acts.js'
import { inTx } from '../../src/platform/db.js'
import { enrol, invite, readInvitation } from '../../src/staff/people/service.js'
import type { Line } from './measure.js'
import { end, serveCordon } from './served.js'

const CASES = 100_000
const REVIEWERS = 20
const ROUND_MS = 8_000
const BUDGET_MS = 100
const LIST_BUDGET_MS = 150
const PASSWORD = 'correct horse battery staple'

/** The filled queue as reviewers use it, over HTTP, on the API process that `cordon serve` starts. */
export async function benchCases(app: App, owner: pg.Pool): Promise<Line[]> {
  const served = await serveCordon(app, 'api')
  try {
    const reviewers = await Promise.all(
      Array.from({ length: REVIEWERS }, (_, index) => signIn(app, served.staff, index)),
    )
    const asked = p95((await inParallel(reviewers, askWhoIAm)).waits)
    const claimed = await inParallel(reviewers, claimOnly)
    const decided = await inParallel(reviewers, claimAndDecide)
    const listed = await inParallel(reviewers, walkTheList(''))
    const tier = await inParallel(reviewers, walkTheList('&tier=targeted'))
    const read = await inParallel(reviewers, await readAtRandom(owner))
    const held = [...claimed.claimed, ...decided.claimed]
    const isOnce = new Set(held).size === held.length
    return [
      {
        ...line('claim the next case, p95', claimed.waits, 'one after another'),
        limit: { what: 'who am I', value: asked },
        ratio: p95(claimed.waits) / asked,
        budget: `≤ ${BUDGET_MS} ms, none twice`,
        met: p95(claimed.waits) <= BUDGET_MS && isOnce,
      },
      line('the same, p95', decided.waits, 'each decided before the next'),
      {
        ...line('list 100 open cases, p95', listed.waits, 'page after page'),
        budget: `≤ ${LIST_BUDGET_MS} ms`,
        met: p95(listed.waits) <= LIST_BUDGET_MS,
      },
      line('the same, of one tier, p95', tier.waits, 'page after page'),
      line('read a case with its account, p95', read.waits, 'at random'),
    ]
  } finally {
    await end(served, 'SIGTERM')
  }
}

/** The 95th percentile of claims alone, one after another, in milliseconds. */
export async function claimP95(app: App, reviewers: number): Promise<number> {
  const served = await serveCordon(app, 'api')
  try {
    const crew = await Promise.all(
      Array.from({ length: reviewers }, (_, index) => signIn(app, served.staff, index)),
    )
    return p95((await inParallel(crew, claimOnly)).waits)
  } finally {
    await end(served, 'SIGTERM')
  }
}

const line = (what: string, waits: readonly number[], how: string): Line => ({
  what,
  size: `${CASES.toLocaleString('en-US')} cases, ${REVIEWERS} reviewers, ${waits.length} calls, ${how}`,
  value: p95(waits),
  unit: 'ms',
  budget: '',
  met: null,
  peakMiB: 0,
})

const p95 = (waits: readonly number[]): number =>
  waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? Number.NaN

/** Some thousand of the most urgent are asleep: what claiming has to step over. */
export async function fillQueue(owner: pg.Pool, cases = CASES): Promise<void> {
  await owner.query(`
    INSERT INTO account (id, address, match_key, balance)
    SELECT 'case-' || i, 'case' || i || '@mail.example', 'case' || i || '@mail.example',
           CASE i % 10 WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE (i * 7919 % 1000000) / 100.0 END
    FROM generate_series(1, ${cases}) i`)
  await owner.query(`
    INSERT INTO review_case (account_no, sweep_id, tier, rank, score, value, because, due_at, status, snoozed_until)
    SELECT no, 'swp_bench', (ARRAY['takeover', 'attacked', 'targeted'])[1 + no % 3], no % 3, 30 + no % 70, balance,
           ARRAY['hostile_logins'], now() + make_interval(mins => (no % 1440)::int),
           CASE WHEN no % 3 = 0 AND 30 + no % 70 > 90 THEN 'snoozed' ELSE 'open' END, now() + interval '1 day'
    FROM account WHERE id LIKE 'case-%'`)
  await owner.query('ANALYZE account, review_case')
}

type Reviewer = {
  ask(method: string, path: string, body?: object): Promise<{ ms: number; body: Answer }>
}
type Answer = {
  case?: { id: string }
  fence?: number
  next?: string | null
  items?: { id: string }[]
}

async function signIn(app: App, url: string, index: number): Promise<Reviewer> {
  const cookie = await openSession(app, url, index)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return { ask: (method, path, body) => ask({ url, agent, cookie }, { method, path, body }) }
}

/** The cookie of a reviewer who was invited, enrolled and signed in just now. */
export async function openSession(
  app: App,
  url: string,
  index: number,
  roles: StaffRole[] = ['reviewer'],
): Promise<string> {
  const person = { email: `reviewer.${index}@cordon.example`, name: `Reviewer ${index}` }
  const invited = { ...person, roles, actor: 'os:bench' }
  const { id, token } = await inTx(app.db, (tx) => invite(tx, app.cipher, invited))
  const { secret } = await readInvitation(app, token)
  await enrol(app, { token, password: PASSWORD, code: generateSync({ secret }) })
  await app.db.$executeRaw`UPDATE staff SET totp_last_step = -1 WHERE id = ${id}`
  const opened = await fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email: person.email,
      password: PASSWORD,
      totp: generateSync({ secret }),
    }),
  })
  return opened.headers.get('set-cookie')?.split(';')[0] ?? ''
}

type Caller = { url: string; agent: Agent; cookie: string }
type Call = { method: string; path: string; body: object | undefined }

/** By `node:http`, which leaves more of the machine to the server than `fetch` does. */
function ask({ url, agent, cookie }: Caller, { method, path, body }: Call) {
  const sent = body && JSON.stringify(body)
  const length = sent === undefined ? {} : { 'content-length': Buffer.byteLength(sent) }
  const headers = { cookie, ...(sent ? { 'content-type': 'application/json', ...length } : {}) }
  const startedAt = performance.now()
  return new Promise<{ ms: number; body: Answer }>((resolve, reject) => {
    const asked = request(`${url}${path}`, { method, agent, headers }, async (answer) => {
      const text = await textOf(answer)
      const ms = performance.now() - startedAt
      const status = answer.statusCode ?? 0
      if (status >= 300) reject(new Error(`${method} ${path} answered ${status}: ${text}`))
      else resolve({ ms, body: text ? (JSON.parse(text) as Answer) : {} })
    })
    asked.once('error', reject)
    asked.end(sent)
  })
}

async function textOf(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

type Tally = { waits: number[]; claimed: string[] }
type Work = (reviewer: Reviewer, tally: Tally, isOver: () => boolean) => Promise<void>

async function inParallel(reviewers: readonly Reviewer[], work: Work): Promise<Tally> {
  const tally: Tally = { waits: [], claimed: [] }
  const until = performance.now() + ROUND_MS
  const isOver = () => performance.now() >= until
  await Promise.all(reviewers.map((reviewer) => work(reviewer, tally, isOver)))
  return tally
}

/** The smallest call somebody who is signed in can make: what the machine gives at this moment. */
const askWhoIAm: Work = async (reviewer, tally, isOver) => {
  while (!isOver()) tally.waits.push((await reviewer.ask('GET', '/v1/session')).ms)
}

const claimOnly: Work = async (reviewer, tally, isOver) => {
  while (!isOver()) {
    const { ms, body } = await reviewer.ask('POST', '/v1/cases/claim-next')
    if (!body.case) return
    tally.waits.push(ms)
    tally.claimed.push(body.case.id)
  }
}

/** What is timed is the claim; between two claims something is decided. */
const claimAndDecide: Work = async (reviewer, tally, isOver) => {
  while (!isOver()) {
    const { ms, body } = await reviewer.ask('POST', '/v1/cases/claim-next')
    tally.waits.push(ms)
    if (!body.case) return
    tally.claimed.push(body.case.id)
    await reviewer.ask('POST', `/v1/cases/${body.case.id}/decision`, {
      fence: body.fence,
      decision: 'keep_reset',
      reason: 'cannot_tell',
    })
  }
}

const walkTheList =
  (filter: string): Work =>
  async (reviewer, tally, isOver) => {
    let next: string | null | undefined
    while (!isOver()) {
      const cursor = next ? `&cursor=${next}` : ''
      const { ms, body } = await reviewer.ask('GET', `/v1/cases?status=open${filter}${cursor}`)
      tally.waits.push(ms)
      next = body.next
    }
  }

async function readAtRandom(owner: pg.Pool): Promise<Work> {
  const { rows } = await owner.query('SELECT id FROM review_case ORDER BY random() LIMIT 5000')
  const ids = rows.map(({ id }: { id: string }) => id)
  return async (reviewer, tally, isOver) => {
    while (!isOver()) {
      const id = ids[tally.waits.length % ids.length]
      tally.waits.push((await reviewer.ask('GET', `/v1/cases/${id}`)).ms)
    }
  }
}
