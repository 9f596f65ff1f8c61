import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { addKey } from '../../src/staff/keys/service.js'
import { startFreshSweep } from '../chaos/fresh-sweep.js'
import { openSession } from './cases.js'
import type { Line } from './measure.js'
import { end, type Served, serveCordon } from './served.js'

const TIMES = 5
const FLOOD_SECONDS = 8
const RECOVERY_MS = 5_000
const REVIEWER_MS = 500
const ACCEPTED_MS = 3_000
const REVIEWERS = 3
const SWEPT = 50_000

type Flood = {
  sent: number
  answers: Record<string, number>
  /** Before the load ended. */
  acceptedInTime: number
  withoutRetryAfter: number
  acceptedP99: number
  refusedP99: number
}
type Kind = { kind: 'webhook' | 'sign-in'; secret: string }

/** Five times of what one api can take, from a process of its own, while others work (budgets of overload). */
export async function benchOverload(app: App, owner: pg.Pool): Promise<Line[]> {
  const made = { name: `overload-${Date.now()}`, actor: 'bench' }
  const { key: webhook } = await addKey(app, { ...made, role: 'ingest' })
  const { key } = await addKey(app, { ...made, name: `${made.name}-p`, role: 'platform' })
  const served = await serveCordon(app, 'api')
  const apart = await serveCordon(app, 'api')
  const worker = await serveCordon(app, 'worker')
  const { rows } = await owner.query('SELECT id FROM review_case LIMIT 200')
  const place = { app, served, apart, key, cases: rows.map(({ id }: { id: string }) => id) }
  try {
    return [
      ...(await benchFlood(place, { kind: 'webhook', secret: webhook }, true)),
      ...(await benchFlood(place, { kind: 'sign-in', secret: key }, false)),
    ]
  } finally {
    await Promise.all([served, apart, worker].map((each) => end(each, 'SIGTERM')))
  }
}

/** `served` takes the load; nobody but reviewers asks `apart`. */
type Place = { app: App; served: Served; apart: Served; key: string; cases: string[] }

async function benchFlood(place: Place, kind: Kind, sweeping: boolean): Promise<Line[]> {
  const { app, served } = place
  const capacity = await capacityOf(served, kind)
  const quiet = await whileAnswering(place, () => pause(3_000))
  if (sweeping) await startFreshSweep(app, 1, SWEPT)
  const memory = watchMemory(served)
  const busy = await whileAnswering(place, () =>
    flood(served, kind, { rate: capacity * TIMES, seconds: FLOOD_SECONDS }),
  )
  const peakMiB = memory.end()
  const recovered = await recovery(place, quiet.standing.p99)
  return linesOf({ ...kind, capacity, quiet, busy, peakMiB, recovered, sweeping })
}

/** What it answers with success when it is asked for more than it can do, each second. */
async function capacityOf(served: Served, kind: Kind): Promise<number> {
  const seconds = 3
  let rate = kind.kind === 'webhook' ? 500 : 20
  for (;;) {
    const { acceptedInTime: good, sent } = await flood(served, kind, { rate, seconds })
    if (good < sent * 0.9) return Math.ceil(good / seconds)
    rate *= 2
  }
}

const CLIENT = join(import.meta.dirname, 'overload-client.ts')

async function flood(
  served: Served,
  { kind, secret }: Kind,
  load: { rate: number; seconds: number },
) {
  const args = { url: served.url, kind, secret, rate: `${load.rate}`, seconds: `${load.seconds}` }
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(process.execPath, ['--import', 'tsx', CLIENT, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const piece of child.stdout) text += piece
  return JSON.parse(text) as Flood
}

type Waits = { p99: number; calls: number; wrong: number }

/** Asks as reviewers and as a platform do while `work` goes on: who waits how long. */
async function whileAnswering<T>(place: Place, work: () => Promise<T>) {
  const { served, apart, key } = place
  let isOver = false
  const over = () => isOver
  const reviewing = await reviewersAt(served, place, over)
  const reviewingApart = await reviewersAt(apart, place, over)
  const asking = Promise.all([
    probe(over, 20, () => [`${served.url}/v1/accounts/acct-1/standing`, 'GET', bearer(key)]),
    reviewing(),
    reviewingApart(),
  ])
  const result = await work()
  isOver = true
  const [standing, beside, alone] = (await asking).map(waitsOf) as [Waits, Waits, Waits]
  return { result, standing, reviewing: beside, reviewingApart: alone }
}

/** Signs reviewers in at a process; what is returned lets them ask it until it is over. */
async function reviewersAt({ staff }: Served, { app, cases }: Place, isOver: () => boolean) {
  const cookies = await Promise.all(
    Array.from({ length: REVIEWERS }, () => {
      reviewers += 1
      return openSession(app, staff, 1_000 + reviewers)
    }),
  )
  const ask = (cookie: string, no: number) =>
    probe(isOver, 100, (turn) =>
      turn % 2 === 0
        ? [`${staff}/v1/cases/claim-next`, 'POST', { cookie }]
        : [`${staff}/v1/cases/${cases[(turn + no * 50) % cases.length]}`, 'GET', { cookie }],
    )
  return async () => (await Promise.all(cookies.map(ask))).flat()
}

let reviewers = 0
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
type Call = [url: string, method: string, headers: Record<string, string>]
type Wait = { ms: number; status: number }

async function probe(isOver: () => boolean, everyMs: number, call: (turn: number) => Call) {
  const waits: Wait[] = []
  for (let turn = 0; !isOver(); turn += 1) {
    waits.push(await timed(call(turn)))
    await pause(everyMs)
  }
  return waits
}

async function timed([url, method, headers]: Call): Promise<Wait> {
  const startedAt = performance.now()
  const answer = await fetch(url, { method, headers }).catch(() => undefined)
  await answer?.arrayBuffer()
  return { ms: performance.now() - startedAt, status: answer?.status ?? 0 }
}

function waitsOf(waits: readonly Wait[]): Waits {
  const sorted = waits.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const wrong = waits.filter(({ status }) => status === 0 || status >= 429).length
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, calls: waits.length, wrong }
}

/** How long after the load's end ten calls in a row are as quick as before. */
async function recovery({ served, key }: Place, quietMs: number): Promise<number> {
  const startedAt = performance.now()
  const call: Call = [`${served.url}/v1/accounts/acct-1/standing`, 'GET', bearer(key)]
  let good = 0
  while (good < 10 && performance.now() - startedAt < 60_000) {
    const { ms, status } = await timed(call)
    good = status < 429 && ms <= Math.max(50, quietMs) ? good + 1 : 0
  }
  return performance.now() - startedAt
}

function watchMemory({ child }: Served) {
  let peak = 0
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024)
  }, 100)
  return {
    end: () => {
      clearInterval(timer)
      return peak
    },
  }
}

type Answering<T> = { result: T; standing: Waits; reviewing: Waits; reviewingApart: Waits }
type Found = Kind & {
  capacity: number
  quiet: Answering<unknown>
  busy: Answering<Flood>
  peakMiB: number
  recovered: number
  sweeping: boolean
}

function linesOf({ kind, capacity, quiet, busy, peakMiB, recovered, sweeping }: Found): Line[] {
  const { sent, answers, withoutRetryAfter, acceptedP99, refusedP99 } = busy.result
  const told = Object.entries(answers).map(([status, times]) => `${times} × ${status}`)
  const isShed = Object.keys(answers).every((status) =>
    /^(20[02]|429|503|no connection)$/.test(status),
  )
  const during = sweeping ? `, with a sweep of ${SWEPT.toLocaleString('en-US')}` : ''
  const line = (what: string, value: number, rest: Partial<Line>): Line => ({
    what: `${kind} at ${TIMES} × capacity: ${what}`,
    size: '',
    value,
    unit: 'ms',
    budget: '',
    met: null,
    peakMiB,
    ...rest,
  })
  const reviewed = (what: string, before: Waits, meanwhile: Waits) =>
    line(what, meanwhile.p99, {
      size: `${meanwhile.calls} claims and readings, ${meanwhile.wrong} refused${during}`,
      limit: { what: 'without the load', value: before.p99 },
      budget: `< ${REVIEWER_MS} ms`,
      met: meanwhile.p99 < REVIEWER_MS && meanwhile.wrong === 0,
    })
  return [
    line('accepted, p99', acceptedP99, {
      size: `${capacity}/s is what it can, ${sent} sent in ${FLOOD_SECONDS} s${during}: ${told.join(', ')}; ${withoutRetryAfter} refused without Retry-After; refused p99 ${refusedP99} ms`,
      budget: `≤ ${ACCEPTED_MS} ms, the rest 429 or 503 with Retry-After`,
      met: acceptedP99 <= ACCEPTED_MS && isShed && withoutRetryAfter === 0,
    }),
    reviewed('reviewers of a process of their own, p99', quiet.reviewingApart, busy.reviewingApart),
    reviewed('reviewers of the same process, p99', quiet.reviewing, busy.reviewing),
    line('another call of the same listener, p99', busy.standing.p99, {
      size: `${busy.standing.calls} calls, ${busy.standing.wrong} refused`,
      limit: { what: 'without the load', value: quiet.standing.p99 },
    }),
    line('as quick as before after', recovered, {
      budget: `≤ ${RECOVERY_MS} ms`,
      met: recovered <= RECOVERY_MS,
    }),
  ]
}
