import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { closeValve } from '../../src/mail/service.js'
import { addKey } from '../../src/staff/keys/service.js'
import type { Line } from './measure.js'
import { end, serveCordon } from './served.js'
import { type AttemptShape, attemptJson, batch, openClient, single } from './webhook-client.js'

const SECONDS = 60
const PER_SECOND = 500
/** Attacks begin as often; each is ten guesses a tenth of a second apart, and a login that works. */
const ATTACK_EVERY_MS = 500
const GUESSES = 10
const BUDGET_MS = 2_000

type Victim = { id: string; no: string }

type Traffic = {
  name: string
  /** What everybody else does meanwhile, by number. */
  attempt: (no: number) => AttemptShape
}

const someone = (no: number) => 1 + ((no * 7_919) % 400_000)
const INNOCENT: Traffic = {
  name: 'innocent traffic',
  attempt: (no) => ({
    account: someone(no),
    ip: someone(no),
    outcome: no % 20 === 0 ? 'failure' : 'success',
  }),
}
const FLOODER = '66.66.66.66'
const FLOOD: Traffic = {
  name: 'one address fails on everyone',
  attempt: (no) => ({ account: someone(no), ip: FLOODER, outcome: 'failure' }),
}
const STORM: Traffic = {
  name: 'everywhere fails on everyone',
  attempt: (no) => ({ account: someone(no), ip: 4_000_000 + no * 331, outcome: 'failure' }),
}

/**
 * Posts 500 attempts a second to a running API and now and then attacks an exposed account that the
 * sweep only told. A worker process watches. What counts is the time from the moment the last attempt
 * was stored to the moment the account was held and reset. First nearly everybody else is innocent;
 * then all the rest is one attacker, who has done the same for a quarter of an hour; then he has as many
 * addresses as he likes.
 */
export async function benchWatch(app: App, owner: pg.Pool): Promise<Line[]> {
  const { key } = await addKey(app, { role: 'ingest', name: 'bench-watch', actor: 'bench' })
  await closeValve(app, { reason: 'benchmark', actor: 'bench' })
  await fillLastHour(owner)
  const attacks = (SECONDS * 1_000) / ATTACK_EVERY_MS
  const victims = await quietVictims(owner, 3 * attacks)
  const calm = await watchUnder(INNOCENT, { app, owner, key, victims: victims.slice(0, attacks) })
  await fillLastQuarter(owner)
  const flood = victims.slice(attacks, 2 * attacks)
  const flooded = await watchUnder(FLOOD, { app, owner, key, victims: flood })
  const storm = victims.slice(2 * attacks)
  return [calm, flooded, await watchUnder(STORM, { app, owner, key, victims: storm })]
}

type Stage = { app: App; owner: pg.Pool; key: string; victims: readonly Victim[] }

async function watchUnder(traffic: Traffic, { app, owner, key, victims }: Stage): Promise<Line> {
  const watched = await owner.query(
    "SELECT count(*)::int AS n FROM action a JOIN sweep s ON s.id = a.sweep_id AND s.status = 'finished'",
  )
  const api = await serveCordon(app, 'api')
  const worker = await serveCordon(app, 'worker')
  let answered = 0
  let attacked: Victim[] = []
  try {
    await untilQuiet(owner)
    const client = openClient(api.url, key, 64)
    const stop = { at: performance.now() + SECONDS * 1_000 }
    const background = keepPosting(client, { stop, traffic }, () => {
      answered += 1
    })
    attacked = await attack(client, stop, victims)
    await background
    await untilQuiet(owner)
    client.close()
  } finally {
    await end(worker, 'SIGTERM')
    await end(api, 'SIGTERM')
  }
  return lineOf(await latencies(owner, attacked), {
    traffic,
    watched: watched.rows[0].n as number,
    perSecond: (answered + attacked.length * (GUESSES + 1)) / SECONDS,
    attacks: attacked.length,
  })
}

/** Exposed accounts that the sweep told and nothing else, and that nobody ever attacked. */
async function quietVictims(owner: pg.Pool, count: number): Promise<Victim[]> {
  const { rows } = await owner.query(
    `SELECT c.id, c.no::text AS no FROM action a
     JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no AND v.tier = 'listed'
     JOIN account c ON c.no = a.account_no JOIN sweep s ON s.id = a.sweep_id AND s.status = 'finished'
     ORDER BY a.seq LIMIT $1`,
    [count],
  )
  return rows
}

/** The hour before at the same rate, so that every window is as full as it would be. */
async function fillLastHour(owner: pg.Pool): Promise<void> {
  await owner.query(
    `INSERT INTO attempt (source_no, id, account_no, at, ip, asn, succeeded, familiar, user_agent, device)
     SELECT 2, 'hour-' || i, 1 + (i * 7919::bigint) % 400000,
            date_trunc('milliseconds', now() - make_interval(secs => i / $1::float8)),
            ('11.0.0.0'::inet + (i * 7919::bigint) % 400000 * 37), 64500 + i % 40, i % 20 <> 0, i % 40 = 0,
            'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36',
            'device-' || (i * 7919::bigint) % 400000
     FROM generate_series(1, 3600 * $1::int) i`,
    [PER_SECOND],
  )
  await owner.query('ANALYZE attempt')
}

/** What the attacker did before. One arrival tells of all of it. */
async function fillLastQuarter(owner: pg.Pool): Promise<void> {
  await owner.query(
    `WITH stored AS (
       INSERT INTO attempt (source_no, id, account_no, at, ip, succeeded, hostile, user_agent, device)
       SELECT 2, 'quarter-' || i, 1 + (i * 7919::bigint) % 400000,
              date_trunc('milliseconds', now() - make_interval(secs => i / $1::float8)), $2, false, true,
              'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36', 'device'
       FROM generate_series(1, 900 * $1::int) i RETURNING at, ip)
     INSERT INTO arrival (from_at, until_at, account_nos, addresses, asns)
     SELECT min(at), max(at), '{}', array_agg(DISTINCT ip), '{}' FROM stored
     GROUP BY date_bin('15 minutes', at, timestamptz '2000-01-01')`,
    [PER_SECOND, FLOODER],
  )
  await owner.query('ANALYZE attempt')
}

type Poster = ReturnType<typeof openClient>
let sent = 0

async function keepPosting(
  client: Poster,
  { stop, traffic }: { stop: { at: number }; traffic: Traffic },
  onAnswer: () => void,
) {
  const startedAt = performance.now()
  const running = new Set<Promise<void>>()
  for (let posted = 0; performance.now() < stop.at; posted++) {
    const due = startedAt + (posted * 1_000) / PER_SECOND
    if (due > performance.now()) await pause(due - performance.now())
    sent += 1
    const body = single(attemptJson(`bg-${process.pid}-${sent}`, traffic.attempt(sent)))
    const post = client.post([], body).then(({ status }) => {
      if (status === 202) onAnswer()
      running.delete(post)
    })
    running.add(post)
  }
  await Promise.all(running)
}

async function attack(
  client: Poster,
  stop: { at: number },
  victims: readonly Victim[],
): Promise<Victim[]> {
  const attacked: Victim[] = []
  const running: Promise<void>[] = []
  for (const [index, victim] of victims.entries()) {
    if (performance.now() > stop.at - 3_000) break
    running.push(attackOne(client, victim, index))
    attacked.push(victim)
    await pause(ATTACK_EVERY_MS)
  }
  await Promise.all(running)
  return attacked
}

async function attackOne(client: Poster, { id }: Victim, index: number): Promise<void> {
  const ip = `203.${index >> 8}.${index & 255}.9`
  for (let guess = 0; guess <= GUESSES; guess++) {
    const outcome = guess === GUESSES ? ('success' as const) : ('failure' as const)
    const attempt = {
      id: `attack-${id}-${guess}`,
      account: { id },
      at: new Date().toISOString(),
      ip,
      outcome,
    }
    const { status } = await client.post([], batch([attempt]))
    if (status !== 202) throw new Error(`The webhook answered ${status}`)
    await pause(100)
  }
}

async function untilQuiet(owner: pg.Pool): Promise<void> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    const { rows } = await owner.query(`
      SELECT (SELECT count(*) FROM arrival WHERE NOT is_narrow_done) + (SELECT count(*) FROM reassessment) AS left`)
    if (Number(rows[0].left) === 0) return
    await pause(100)
  }
}

/** Milliseconds per attacked account, from its login to its reset; those never reset are missing. */
async function latencies(owner: pg.Pool, attacked: readonly Victim[]): Promise<number[]> {
  const { rows } = await owner.query(
    `SELECT extract(epoch FROM min(w.applied_at) - min(t.received_at))::float8 * 1000 AS ms
     FROM unnest($1::bigint[]) AS v(no)
     JOIN attempt t ON t.account_no = v.no AND t.id LIKE 'attack-%' AND t.succeeded
     JOIN watch_action w ON w.account_no = v.no AND 'reset' = ANY(w.effects)
       AND w.applied_at >= t.received_at
     GROUP BY v.no`,
    [attacked.map(({ no }) => no)],
  )
  return rows.map(({ ms }: { ms: number }) => ms).sort((a, b) => a - b)
}

type Shape = { traffic: Traffic; watched: number; perSecond: number; attacks: number }

function lineOf(ms: readonly number[], { traffic, watched, perSecond, attacks }: Shape): Line {
  const at = (share: number) =>
    ms[Math.min(ms.length - 1, Math.ceil(share * ms.length) - 1)] ?? Number.NaN
  const size = [
    traffic.name,
    `${watched.toLocaleString('en-US')} watched`,
    `${Math.round(perSecond)} attempts/s for ${SECONDS} s`,
    `${ms.length} of ${attacks} protected`,
    `median ${Math.round(at(0.5))} ms, max ${Math.round(at(1))} ms`,
  ]
  return {
    what: 'watch: attempt received → held and reset, p99',
    size: size.join(', '),
    value: at(0.99),
    unit: 'ms',
    budget: `≤ ${BUDGET_MS.toLocaleString('en-US')} ms`,
    met: ms.length === attacks && at(0.99) <= BUDGET_MS,
    peakMiB: 0,
  }
}
