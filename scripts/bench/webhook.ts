import type pg from 'pg'
import type { App } from '../../src/app.js'
import { addKey } from '../../src/staff/keys/service.js'
import { type Line, median } from './measure.js'
import { end, serveBare, serveCordon } from './served.js'
import { attemptJson, batch, openClient, single } from './webhook-client.js'

const CONNECTIONS = 64
const BATCH_CONNECTIONS = 8
const BATCH = 100
const ROUND_MS = 4_000
const ACCOUNTS = 100_000

/** The real API process, as `cordon serve` starts it, against the bare server; and its death under load. */
export async function benchWebhook(app: App, owner: pg.Pool, rounds: number): Promise<Line[]> {
  const { key } = await addKey(app, { role: 'ingest', name: `bench-${Date.now()}`, actor: 'bench' })
  await prepare(owner)
  const lines = [...(await benchSingles(app, key, rounds)), await benchBatches(app, key, rounds)]
  lines.push(await benchKill(app, owner, key))
  lines.push(await bytesPerAttempt(owner))
  return lines
}

async function prepare(owner: pg.Pool): Promise<void> {
  await owner.query(`
    CREATE TABLE IF NOT EXISTS bare_attempt (
      source text NOT NULL, id text NOT NULL, account_id text, at timestamptz NOT NULL, ip inet NOT NULL,
      succeeded boolean NOT NULL, user_agent text, device text, received_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (source, id))`)
  const { rows } = await owner.query('SELECT count(*)::int AS n FROM account')
  if (rows[0].n > 0) return
  await owner.query(`
    INSERT INTO account (id, address, match_key)
    SELECT 'acct-' || i, 'person' || i || '@mail.example', 'person' || i || '@mail.example'
    FROM generate_series(1, ${ACCOUNTS}) i`)
  await owner.query('ANALYZE account')
}

let sent = 0

type Load = { url: string; key: string; connections: number; size: number }

/** Posts as fast as answers come for some seconds; attempts answered with 202 per second. */
async function load({ url, key, connections, size }: Load, ms: number) {
  const client = openClient(url, key, connections)
  const until = performance.now() + ms
  let accepted = 0
  const waits: number[] = []
  const startedAt = performance.now()
  const worker = async () => {
    while (performance.now() < until) {
      const attempts = Array.from({ length: size }, () => {
        sent += 1
        const account = 1 + ((sent * 7_919) % ACCOUNTS)
        return attemptJson(`${process.pid}-${sent}`, { account, ip: account, outcome: 'success' })
      })
      const body = size === 1 ? single(attempts[0] as object) : batch(attempts)
      const { status, ms: took } = await client.post([], body)
      if (status !== 202) throw new Error(`The server answered ${status}`)
      accepted += size
      waits.push(took)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  client.close()
  const seconds = (performance.now() - startedAt) / 1_000
  return { perSecond: accepted / seconds, medianMs: median(waits) }
}

async function benchSingles(app: App, key: string, rounds: number): Promise<Line[]> {
  const servers = [await serveCordon(app, 'api'), await serveBare(app)] as const
  const rates: [number[], number[]] = [[], []]
  try {
    const shape = { key, connections: CONNECTIONS, size: 1 }
    for (const { url } of servers) await load({ ...shape, url }, 1_500)
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
      for (const which of order) {
        rates[which].push((await load({ ...shape, url: servers[which].url }, ROUND_MS)).perSecond)
      }
    }
  } finally {
    for (const server of servers) await end(server, 'SIGTERM')
  }
  const [cordon, bare] = [median(rates[0]), median(rates[1])]
  return [
    {
      what: 'webhook, single attempts',
      size: `${CONNECTIONS} connections, signed, durable, ${rounds} rounds`,
      value: cordon,
      unit: 'attempts/s',
      limit: { what: 'bare express + pg insert', value: bare },
      ratio: cordon / bare,
      budget: '≥ 0.7 ×',
      met: cordon >= 0.7 * bare,
      peakMiB: 0,
    },
  ]
}

async function benchBatches(app: App, key: string, rounds: number): Promise<Line> {
  const server = await serveCordon(app, 'api')
  const rates: number[] = []
  try {
    const shape = { url: server.url, key, connections: BATCH_CONNECTIONS, size: BATCH }
    await load(shape, 1_500)
    for (let round = 0; round < rounds; round++) rates.push((await load(shape, ROUND_MS)).perSecond)
  } finally {
    await end(server, 'SIGTERM')
  }
  const value = median(rates)
  return {
    what: 'webhook, batches of 100',
    size: `${BATCH_CONNECTIONS} connections`,
    value,
    unit: 'attempts/s',
    budget: '≥ 20,000 attempts/s',
    met: value >= 20_000,
    peakMiB: 0,
  }
}

/** Ends the API with SIGKILL under load, again and again: every attempt answered 202 must be stored. */
async function benchKill(app: App, owner: pg.Pool, key: string): Promise<Line> {
  const ledger = new Set<string>()
  let broken = 0
  const kills = 5
  for (let kill = 0; kill < kills; kill++) {
    const server = await serveCordon(app, 'api')
    const client = openClient(server.url, key, CONNECTIONS)
    let isDead = false
    const worker = async () => {
      while (!isDead) {
        sent += 1
        const id = `kill-${kill}-${sent}`
        const account = 1 + (sent % ACCOUNTS)
        const body = single(attemptJson(id, { account, ip: account, outcome: 'success' }))
        const answered = await client.post([id], body).catch(() => undefined)
        if (answered?.status === 202) ledger.add(id)
        else broken += 1
      }
    }
    const workers = Array.from({ length: CONNECTIONS }, worker)
    const before = ledger.size
    while (ledger.size < before + 1_000) await new Promise((resolve) => setTimeout(resolve, 20))
    await end(server, 'SIGKILL')
    isDead = true
    await Promise.all(workers)
    client.close()
  }
  const { rows } = await owner.query("SELECT id FROM attempt WHERE id LIKE 'kill-%'")
  const stored = new Set(rows.map(({ id }: { id: string }) => id))
  const missing = [...ledger].filter((id) => !stored.has(id)).length
  return {
    what: 'webhook, killed under load: acknowledged but missing',
    size: `${kills} × kill -9, ${ledger.size.toLocaleString('en-US')} acknowledged, ${broken} requests broken off`,
    value: missing,
    unit: 'attempts',
    budget: '0',
    met: missing === 0 && broken > 0,
    peakMiB: 0,
  }
}

async function bytesPerAttempt(owner: pg.Pool): Promise<Line> {
  const { rows } = await owner.query(`
    SELECT sum(pg_total_relation_size(inhrelid))::float8 AS bytes, sum(pg_relation_size(inhrelid))::float8 AS heap,
           (SELECT count(*) FROM attempt)::int AS attempts FROM pg_inherits WHERE inhparent = 'attempt'::regclass`)
  const { bytes, heap, attempts } = rows[0] as { bytes: number; heap: number; attempts: number }
  return {
    what: 'bytes per stored attempt',
    size: `${attempts.toLocaleString('en-US')} attempts; table alone ${Math.round(heap / attempts)}`,
    value: bytes / attempts,
    unit: 'bytes',
    budget: 'stated in docs/operating.md',
    met: null,
    peakMiB: 0,
  }
}
