import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { openValve } from '../../src/mail/service.js'
import { readBuild } from '../../src/platform/build.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { addKey } from '../../src/staff/keys/service.js'
import { startSink } from '../../test/support/smtp-sink.js'
import { fillQueue, openSession } from '../bench/cases.js'
import { drawChart } from '../bench/chart.js'
import { startFreshSweep } from '../chaos/fresh-sweep.js'
import { follow, look, type Place, review, sendAttempts, type Tally } from './load.js'
import { type Watched, watched } from './processes.js'
import { type Limit, type Sample, trendOf } from './trend.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '0.3' },
    accounts: { type: 'string', default: '2000' },
    out: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const rate = Number(values.rate)
if (!(minutes > 0 && rate > 0 && rate <= 1)) {
  console.error(
    'usage: npm run soak -- [--minutes 60] [--rate 0.3] [--accounts 2000] [--out FOLDER]',
  )
  process.exit(2)
}

const SAMPLE_MS = 10_000
/** A sweep every ten minutes, and four at least. */
const SWEEP_MS = Math.min(600_000, (minutes * 60_000) / 4)
const QUEUE = 50_000
const DRAINED_WITHIN_MS = 60_000

/**
 * What grows faster ends a process within weeks: 4 MiB an hour fill the 512 MiB that are left under
 * a limit of 640 in five days. `noise` is what two short runs of the same build differ by.
 */
const LIMITS: Record<string, Limit> = {
  heap: { perHour: 4, noise: 3 },
  // Pools to Postgres and the mail server open and close: in a short run that is all there is to see.
  descriptors: { perHour: 3, noise: minutes < 30 ? 8 : 3 },
  connections: { perHour: 2, noise: 3 },
}

const folder = mkdtempSync(join(tmpdir(), 'cordon-soak-'))
const sink = await startSink({ countOnly: true })
const env = {
  CORDON_DATA_DIR: folder,
  PUBLIC_ADDR: '127.0.0.1:0',
  PUBLIC_URL: 'http://127.0.0.1:8081',
  STAFF_ADDR: '127.0.0.1:0',
  SMTP_URL: sink.url,
  MAIL_DNS: 'off',
  MAIL_WAVES: '{"holdSeconds":0,"gatherSeconds":1}',
  LOG_LEVEL: 'error',
  FOUR_EYES: 'off',
}
const series = new Map<string, Sample[]>()
const startedAt = performance.now()
const note = (name: string, value: number) => {
  if (Number.isNaN(value)) return
  const samples = series.get(name) ?? []
  samples.push({ second: (performance.now() - startedAt) / 1_000, value })
  series.set(name, samples)
}

const app = await openApp(readConfig(env), readBuild(resolve('dist')))
let sound = false
try {
  sound = await soak(app)
} finally {
  await app.close()
  await wipeEmbeddedPostgres(folder)
  await sink.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(sound ? 0 : 1)

async function soak(app: App): Promise<boolean> {
  await openValve(app, { reason: 'soak', actor: 'os:soak' })
  await fillQueue(app.pool, QUEUE)
  const served = [await watched('api', { env, folder }), await watched('worker', { env, folder })]
  const [api] = served as [Watched, Watched]
  const over = new AbortController()
  const tally: Tally = {
    accepted: 0,
    refused: 0,
    skipped: 0,
    decided: 0,
    read: 0,
    followed: 0,
    failed: 0,
  }
  const { key } = await addKey(app, { role: 'ingest', name: 'soak', actor: 'os:soak' })
  const cookie = await openSession(app, api.staff, 0, ['reviewer', 'responder'])
  const place: Place = {
    ...{ url: api.url, staff: api.staff, key, cookie, accounts: QUEUE },
    ...{ signal: over.signal, tally },
  }
  const sweeps: string[] = []
  const work = [
    sendAttempts(place, rate),
    review(place),
    look(place),
    sweepNowAndThen(app, place, sweeps),
  ]
  await sampleUntilOver(app, served)
  over.abort()
  await Promise.all(work)
  const drained = await untilDrained(app)
  const codes = await Promise.all(served.map((each) => each.stop()))
  return report({ tally, sweeps: sweeps.length, drained, codes, mails: sink.accepted })
}

async function sampleUntilOver(app: App, served: readonly Watched[]): Promise<void> {
  const until = performance.now() + minutes * 60_000
  while (performance.now() < until) {
    await pause(Math.min(SAMPLE_MS, until - performance.now()))
    for (const each of served) {
      const { rss, heap, descriptors } = await each.look()
      note(`${each.role} memory`, rss)
      note(`${each.role} heap`, heap)
      note(`${each.role} descriptors`, descriptors)
    }
    for (const [name, value] of Object.entries(await depths(app))) note(name, value)
  }
}

type Depths = Record<'connections' | 'arrivals' | 'mails' | 'chunks' | 'unsealed', number>

async function depths({ db }: App): Promise<Depths> {
  const [row] = await db.$queryRaw<[Depths]>`
    SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()) AS connections,
      (SELECT count(*)::int FROM arrival WHERE NOT is_narrow_done) AS arrivals,
      (SELECT count(*)::int FROM mail WHERE status IN ('staged', 'sending')) AS mails,
      (SELECT count(*)::int FROM chunk c JOIN sweep s ON s.id = c.sweep_id
        WHERE s.status = 'running' AND c.done_at IS NULL) AS chunks,
      (SELECT count(*)::int FROM audit_event e
        WHERE e.id > coalesce((SELECT event_id FROM audit_seal ORDER BY index DESC LIMIT 1), 0)) AS unsealed`
  return row
}

async function sweepNowAndThen(app: App, place: Place, sweeps: string[]): Promise<void> {
  while (!place.signal.aborted) {
    const id = await startFreshSweep(app, sweeps.length + 1, Number(values.accounts))
    sweeps.push(id)
    const leave = new AbortController()
    const signal = AbortSignal.any([place.signal, leave.signal])
    const following = follow({ ...place, signal }, id).catch(() => undefined)
    await pause(SWEEP_MS, undefined, { signal: place.signal }).catch(() => undefined)
    leave.abort() // the stream of a sweep that has finished stays open
    await following
  }
}

/** Once nothing comes any more, every queue has to become empty. */
async function untilDrained(app: App): Promise<boolean> {
  const until = performance.now() + DRAINED_WITHIN_MS
  for (;;) {
    const { arrivals, mails, chunks } = await depths(app)
    if (arrivals + mails + chunks === 0) return true
    if (performance.now() > until) return false
    await pause(500)
  }
}

type Ended = {
  tally: Tally
  sweeps: number
  mails: number
  drained: boolean
  codes: (number | null)[]
}

function report(ended: Ended): boolean {
  const trends = [...series].map(([name, samples]) => {
    const limit = LIMITS[name.split(' ').at(-1) ?? '']
    const { flat, ...trend } = trendOf(samples, limit ?? { perHour: Infinity, noise: 0 })
    return { name, ...trend, flat: limit ? flat : null }
  })
  for (const { name, first, last, perHour, flat } of trends) {
    const verdict = flat === null ? '' : flat ? 'flat' : 'NOT FLAT'
    console.log(
      `${name.padEnd(20)} ${first.toFixed(1).padStart(8)} → ${last.toFixed(1).padStart(8)}  ${perHour.toFixed(1).padStart(8)} an hour  ${verdict}`,
    )
  }
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, load: loadavg() }
  const result = { minutes, rate, machine, ...ended, trends }
  console.log(JSON.stringify(result))
  if (values.out) draw(values.out, result)
  const isClean = ended.drained && ended.codes.every((code) => code === 0)
  return isClean && ended.tally.failed === 0 && trends.every(({ flat }) => flat !== false)
}

function draw(out: string, result: object): void {
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'soak.json'), `${JSON.stringify({ ...result, series: [...series] })}\n`)
  const pictures = [
    { file: 'soak-heap.svg', title: 'Heap after a collection', unit: 'MiB', of: 'heap' },
    { file: 'soak-memory.svg', title: 'Memory of each process', unit: 'MiB', of: 'memory' },
    { file: 'soak-descriptors.svg', title: 'Open descriptors', unit: 'open', of: 'descriptors' },
  ]
  for (const { file, title, unit, of } of pictures) {
    const lines = [...series].filter(([name]) => name.endsWith(of))
    const svg = drawChart({
      title,
      x: { label: 'minutes', scale: 'linear' },
      y: { label: unit, scale: 'linear' },
      series: lines.map(([name, samples]) => ({
        name: name.replace(` ${of}`, ''),
        points: samples.map(({ second, value }) => ({ x: second / 60, y: value })),
      })),
    })
    writeFileSync(join(out, file), svg)
  }
}
