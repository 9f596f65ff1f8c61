import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { forecast, type LaneLoad } from '../../src/mail/forecast/forecast.js'
import { diceOf } from '../../src/mail/forecast/random.js'
import { sendDue } from '../../src/mail/jobs.js'
import { WAVES, type WavesPolicy } from '../../src/mail/waves/policy.js'
import { stepWaves, type WaveDeps } from '../../src/mail/waves/service.js'
import { startLoop } from '../../src/platform/loop.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import { type Line, measure, median } from './measure.js'

const MAILS = 22_000
const SMALL_LANES = 200
/** The least that Cordon believes a server. */
const AGAIN_SECONDS = 5
/** A provider's day in a minute or two: rates up, waits down, by about the same factor. */
const POLICY: WavesPolicy = { ...WAVES, holdSeconds: 3, gatherSeconds: 0, patienceSeconds: 15 }
const TERMS = {
  waves: POLICY,
  relayRate: 400,
  messageSeconds: 0.05,
  retrySeconds: [AGAIN_SECONDS, AGAIN_SECONDS, AGAIN_SECONDS],
}

/** The mix of a shop with customers everywhere; the slowest lane decides, as it does in life. */
const MIX: readonly (Omit<LaneLoad, 'mails' | 'bulkShare'> & { share: number })[] = [
  { lane: 'google', share: 0.4, rate: 150, connections: 5, deferralShare: 0.01 },
  { lane: 'outlook', share: 0.2, rate: 90, connections: 5, deferralShare: 0.02 },
  { lane: 'yahoo', share: 0.08, rate: 20, connections: 10, deferralShare: 0.05 },
  { lane: 'apple', share: 0.07, rate: 40, connections: 10, deferralShare: 0.02 },
  { lane: 'gmx', share: 0.05, rate: 20, connections: 4, deferralShare: 0.02 },
  { lane: 'qq', share: 0.05, rate: 15, connections: 4, deferralShare: 0.08 },
]

/** The forecast against what then happens, and what staging costs. */
export async function benchForecast(app: App, owner: pg.Pool, mails: number): Promise<Line[]> {
  return [
    speedOfForecast(),
    await speedOfRelease(app, owner, mails),
    ...(await realMix(app, owner)),
  ]
}

function speedOfForecast(): Line {
  const lanes = Array.from({ length: 5_000 }, (_, index) => ({
    lane: `domain:${index}.example`,
    mails: 200,
    rate: 1 + (index % 100),
    connections: 10,
    bulkShare: 0.9,
    deferralShare: 0.02,
  }))
  const times = [1, 2, 3, 4, 5].map((seed) => {
    const startedAt = performance.now()
    forecast(lanes, { waves: WAVES, relayRate: 500, seed })
    return performance.now() - startedAt
  })
  const value = median(times)
  return {
    what: 'forecast',
    size: '1,000,000 mails over 5,000 lanes',
    value,
    unit: 'ms',
    budget: '< 200 ms',
    met: value < 200,
    peakMiB: 0,
  }
}

const wavesOf = (app: App): WaveDeps => ({
  ...app,
  stagingOf: async () => 'over',
  returnsOf: async () => ({ failed: 0, complained: 0 }),
  seedCopiesOf: async () => [],
})

const beginRun = (owner: pg.Pool, app: App, run: { id: string; policy: object; planned: number }) =>
  owner.query(
    `INSERT INTO mail_run (sweep_id, policy, seeds, planned, mail_revision, begun_at)
     VALUES ($1, $2, '{}', $3, $4, now())`,
    [run.id, JSON.stringify(run.policy), run.planned, app.mailRevision],
  )

/** One wave of all but the canary's one mail. */
async function speedOfRelease(app: App, owner: pg.Pool, mails: number): Promise<Line> {
  const id = 'bench-release'
  await owner.query(
    `INSERT INTO mail (sweep_id, account_no, purpose, recipient, lane)
     SELECT $1, -n, 'notice', 'p' || n || '@d' || n % 5000 || '.example', 'domain:d' || n % 5000 || '.example'
     FROM generate_series(1, $2::int) n`,
    [id, mails],
  )
  await owner.query('ANALYZE mail')
  const policy = { ...WAVES, canary: 1, holdSeconds: 0, gatherSeconds: 0, shares: [100] }
  await beginRun(owner, app, { id, policy, planned: mails })
  await stepWaves(wavesOf(app))
  await owner.query("UPDATE mail SET status = 'accepted' WHERE sweep_id = $1 AND wave = 0", [id])
  const { seconds, peakMiB } = await measure(() => stepWaves(wavesOf(app)))
  const { rows } = await owner.query('SELECT mails FROM mail_wave WHERE sweep_id = $1 AND no = 1', [
    id,
  ])
  await owner.query('UPDATE mail_run SET ended_at = now() WHERE sweep_id = $1', [id])
  await owner.query("UPDATE mail SET status = 'withdrawn' WHERE sweep_id = $1", [id])
  const value = Number(rows[0]?.mails) / seconds
  return {
    what: 'release',
    size: `${mails.toLocaleString('en-US')} mails in one wave`,
    value,
    unit: 'mails/s',
    budget: '≥ 50,000/s',
    met: value >= 50_000,
    peakMiB,
  }
}

const domainOf = (lane: string) => `${lane.replace('domain:', '')}.bench.example`

function loads(): LaneLoad[] {
  const big = MIX.map(({ share, ...lane }) => ({
    ...lane,
    mails: Math.round(MAILS * share),
    bulkShare: 0.9,
  }))
  const left = MAILS - big.reduce((sum, { mails }) => sum + mails, 0)
  const small = Array.from({ length: SMALL_LANES }, (_, index) => ({
    lane: `domain:small-${index}`,
    mails: Math.floor(left / SMALL_LANES) + (index < left % SMALL_LANES ? 1 : 0),
    rate: 20,
    connections: 2,
    bulkShare: 0.9,
    deferralShare: 0.03,
  }))
  return [...big, ...small]
}

/** Every mail's lane, in an order of risk that knows nothing of providers. */
function shuffled(lanes: readonly LaneLoad[]): string[] {
  const line = lanes.flatMap(({ lane, mails }) => Array.from({ length: mails }, () => lane))
  const dice = diceOf(20_191_101)
  for (let at = line.length - 1; at > 0; at -= 1) {
    const other = Math.floor(dice() * (at + 1))
    ;[line[at], line[other]] = [line[other] as string, line[at] as string]
  }
  return line
}

async function stage(owner: pg.Pool, id: string, lanes: readonly LaneLoad[]): Promise<void> {
  await owner.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
     SELECT l, r, r, c, c FROM unnest($1::text[], $2::float8[], $3::int[]) x(l, r, c) ON CONFLICT (lane) DO UPDATE
     SET rate = EXCLUDED.rate, rate_cap = EXCLUDED.rate_cap, connections = EXCLUDED.connections,
       connections_cap = EXCLUDED.connections_cap`,
    [
      lanes.map(({ lane }) => lane),
      lanes.map(({ rate }) => rate),
      lanes.map(({ connections }) => connections),
    ],
  )
  await owner.query(
    `INSERT INTO mail_domain (domain, lane, source, expires_at)
     SELECT d, l, 'table', now() + interval '1 day' FROM unnest($1::text[], $2::text[]) x(d, l)`,
    [lanes.map(({ lane }) => domainOf(lane)), lanes.map(({ lane }) => lane)],
  )
  const line = shuffled(lanes)
  await owner.query(
    `WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY x(lane, domain, n)),
     a AS (
       INSERT INTO account (id, address, match_key, name, locale)
       SELECT 'eta-' || n, 'p' || n || '@' || domain, 'p' || n || '@' || domain, 'Ann Example', 'en'
       FROM wanted ORDER BY n RETURNING no, id, address)
     INSERT INTO mail (sweep_id, account_no, purpose, recipient, lane)
     SELECT $3, a.no, 'notice', a.address, w.lane FROM a JOIN wanted w ON a.id = 'eta-' || w.n ORDER BY w.n`,
    [line, line.map(domainOf), id],
  )
  await owner.query('ANALYZE mail')
}

async function startSink(
  lanes: readonly LaneLoad[],
): Promise<{ child: ChildProcess; port: number }> {
  const shares = Object.fromEntries(
    lanes.map(({ lane, deferralShare }) => [domainOf(lane), deferralShare]),
  )
  const child = fork(
    'scripts/bench/deferring-sink.ts',
    [JSON.stringify(shares), String(AGAIN_SECONDS)],
    {
      execArgv: ['--import', 'tsx'],
    },
  )
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port }
}

/** Lanes, waves, hold and put-off mails for real, against a server that puts off a known share. */
async function realMix(app: App, owner: pg.Pool): Promise<Line[]> {
  const id = 'bench-eta'
  const lanes = loads()
  const foreseen = forecast(lanes, TERMS)
  await stage(owner, id, lanes)
  await beginRun(owner, app, { id, policy: POLICY, planned: MAILS })
  const sink = await startSink(lanes)
  const { peakMiB } = await measure(() => sendAll(app, sink.port, id))
  sink.child.disconnect()
  const { rows } = await owner.query<{ real: number; tenth: number }>(
    `WITH m AS (SELECT accepted_at, row_number() OVER (ORDER BY no) AS place FROM mail WHERE sweep_id = $1),
     s AS (SELECT min(released_at) AS at FROM mail_wave WHERE sweep_id = $1)
     SELECT extract(epoch FROM max(m.accepted_at) - s.at)::float8 AS real,
       extract(epoch FROM max(m.accepted_at) FILTER (WHERE m.place <= $2) - s.at)::float8 AS tenth
     FROM m, s GROUP BY s.at`,
    [id, MAILS / 10],
  )
  const { real = Number.NaN, tenth = Number.NaN } = rows[0] ?? {}
  const ratio = real / foreseen.p50Seconds
  const size = `${MAILS.toLocaleString('en-US')} mails over ${lanes.length} lanes, scaled in time`
  return [
    {
      what: 'forecast',
      size,
      value: real,
      unit: 's',
      limit: {
        what: `foreseen, 95 %: ${foreseen.p95Seconds.toFixed(1)} s`,
        value: foreseen.p50Seconds,
      },
      ratio,
      budget: '0.85–1.15 ×',
      met: Math.abs(ratio - 1) <= 0.15,
      peakMiB,
    },
    {
      what: 'riskiest tenth',
      size,
      value: tenth,
      unit: 's',
      limit: { what: 'all of it', value: real },
      ratio: tenth / real,
      budget: '≤ 0.10 ×',
      met: tenth / real <= 0.1,
      peakMiB,
    },
  ]
}

/** As the workers do it: one loop sends, one lets waves go, each wakes the other. */
async function sendAll(app: App, port: number, id: string): Promise<void> {
  const transport = openTransport(new Secret(`smtp://127.0.0.1:${port}`))
  const stop = new AbortController()
  const deps = { ...app, transport, mint: mintTokens, onUndeliverable: async () => undefined }
  const failed: unknown[] = []
  const onError = (error: unknown) => void failed.push(error)
  const sending = startLoop(
    async () => {
      const { accepted } = await sendDue(deps, stop.signal)
      if (accepted > 0) waves.nudge()
      return accepted > 0
    },
    { idleMs: 200, onError },
  )
  const waves = startLoop(
    async () => {
      if (await stepWaves(wavesOf(app))) sending.nudge()
      return false
    },
    { idleMs: 200, onError },
  )
  while (failed.length === 0 && (await leftOf(app, id)) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  stop.abort()
  await waves.close()
  await sending.close()
  transport.close()
  if (failed.length > 0) throw failed[0]
}

const leftOf = (app: App, id: string) =>
  app.db.mail.count({ where: { sweepId: id, status: { in: ['staged', 'sending'] } } })
