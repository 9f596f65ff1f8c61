import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { sendDue } from '../../src/mail/jobs.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { type HostileSink, startHostileSink } from '../../test/support/hostile-sink.js'
import { aLane, dismiss, mailsTo, mostInASecond, senders } from '../../test/support/lanes.js'
import type { Line } from './measure.js'

const PROCESSES = 8
const RATE = 5
const RATE_SECONDS = 60

/** One lane of five a second, sent to by eight processes at once: is it five? */
export async function benchRateTruth(app: App, owner: pg.Pool): Promise<Line> {
  const domain = 'rate.example'
  const sink = await startHostileSink()
  await aLane(owner, domain, { rate: RATE })
  await mailsTo(owner, domain, RATE * RATE_SECONDS + 100, { purpose: 'confirmation' })
  const processes = await senders(PROCESSES, app.databaseUrl, sink.url, 2)
  const moments = () => sink.read().domains[domain]?.askedAtMs ?? []
  try {
    while (moments().length === 0) await pause(10)
    await pause((RATE_SECONDS + 1) * 1_000)
  } finally {
    await dismiss(processes)
    await withdrawAll(owner)
    await sink.close()
  }
  const [first = 0] = moments()
  const within = moments().filter((at) => at < first + RATE_SECONDS * 1_000)
  const most = mostInASecond(within)
  const mean = within.length / RATE_SECONDS
  return {
    what: 'mail: rate truth',
    size: `${PROCESSES} processes, ${RATE_SECONDS} s, at most ${most} in a second`,
    value: mean,
    unit: 'mails/s',
    limit: { what: 'the lane', value: RATE },
    ratio: mean / RATE,
    budget: `≥ 0.98 ×, ≤ ${RATE + 1} in a second`,
    met: mean >= 0.98 * RATE && most <= RATE + 1,
    peakMiB: process.memoryUsage().rss / 2 ** 20,
  }
}

const LIMIT = 20
const RAISED = 40
const SETTLED_SECONDS = 60
const RAISED_AT_SECONDS = 120
const END_SECONDS = 240
const WINDOW_SECONDS = 10

/** A provider that tells nobody its limit, and raises it: how soon is it found, at what price? */
export async function benchAdaptive(app: App, owner: pg.Pool): Promise<Line[]> {
  const domain = 'adaptive.example'
  const sink = await startHostileSink({ [domain]: { limit: LIMIT } })
  await aLane(owner, domain, { rate: 100, connections: 10 })
  await mailsTo(owner, domain, RAISED * END_SECONDS)
  const stop = new AbortController()
  const sending = sendUntil(app, sink, stop.signal)
  try {
    await pause(RAISED_AT_SECONDS * 1_000)
    sink.set(domain, { limit: RAISED })
    await pause((END_SECONDS - RAISED_AT_SECONDS) * 1_000)
  } finally {
    stop.abort()
    await sending
    await withdrawAll(owner)
  }
  const { acceptedAtMs = [], refusedAtMs = [] } = sink.read().domains[domain] ?? {}
  await sink.close()
  const start = acceptedAtMs[0] ?? 0
  const count = (moments: readonly number[], from: number, to: number) =>
    moments.filter((at) => at >= start + from * 1_000 && at < start + to * 1_000).length
  const rateAt = (from: number) => count(acceptedAtMs, from, from + WINDOW_SECONDS) / WINDOW_SECONDS
  const windows = range(SETTLED_SECONDS, RAISED_AT_SECONDS - WINDOW_SECONDS).map(rateAt)
  const [lowest, highest] = [Math.min(...windows), Math.max(...windows)]
  const refused = count(refusedAtMs, SETTLED_SECONDS, RAISED_AT_SECONDS)
  const taken = count(acceptedAtMs, SETTLED_SECONDS, RAISED_AT_SECONDS)
  const deferred = refused / (refused + taken)
  const regained = range(RAISED_AT_SECONDS, END_SECONDS - WINDOW_SECONDS).find(
    (from) => rateAt(from) >= 0.9 * RAISED,
  )
  const regainedAfter = (regained ?? Number.NaN) + WINDOW_SECONDS - RAISED_AT_SECONDS
  const peakMiB = process.memoryUsage().rss / 2 ** 20
  return [
    {
      what: 'mail: hidden limit',
      size: `10 s means from ${lowest} to ${highest}, ${(100 * deferred).toFixed(1)} % deferred`,
      value: taken / (RAISED_AT_SECONDS - SETTLED_SECONDS),
      unit: 'mails/s',
      limit: { what: 'the hidden limit', value: LIMIT },
      ratio: taken / (RAISED_AT_SECONDS - SETTLED_SECONDS) / LIMIT,
      budget: '± 20 % after 60 s, < 5 % deferred',
      met: lowest >= 0.8 * LIMIT && highest <= 1.2 * LIMIT && deferred < 0.05,
      peakMiB,
    },
    {
      what: 'mail: limit raised',
      size: `from ${LIMIT} to ${RAISED} a second`,
      value: regainedAfter,
      unit: 's to 90 %',
      budget: '≤ 120 s',
      met: regainedAfter <= 120,
      peakMiB,
    },
  ]
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

async function sendUntil(app: App, sink: HostileSink, signal: AbortSignal): Promise<void> {
  const transport = openTransport(new Secret(sink.url))
  const deps = { ...app, transport, mint: async () => new Map(), onUndeliverable: async () => {} }
  while (!signal.aborted) {
    await sendDue(deps, signal)
    await pause(100)
  }
  transport.close()
}

const withdrawAll = (owner: pg.Pool) =>
  owner.query(`UPDATE mail SET status = 'withdrawn' WHERE status = 'staged'`)
