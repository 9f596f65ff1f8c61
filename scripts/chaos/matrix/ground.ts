import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type App, openApp } from '../../../src/app.js'
import { readConfig } from '../../../src/config.js'
import { readBuild } from '../../../src/platform/build.js'
import { inTx } from '../../../src/platform/db.js'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import { approveSweep, getSweep, startSweep } from '../../../src/sweeps/control/service.js'
import { requestSweep } from '../../../src/sweeps/planning/service.js'
import { createTestDatabase } from '../../../test/support/database.js'
import { type Sink, type SinkOptions, startSink } from '../../../test/support/smtp-sink.js'
import { type Arrivals, inspect } from '../findings.js'
import { differences, type FinalState, finalState } from './final-state.js'
import { until } from './until.js'

/** A small database of its own, a mail server, and what Cordon's processes are started with. */
export type Ground = {
  app: App
  sink: Sink
  env: Record<string, string>
  /** The environment of a process that reaches the database at another port. */
  through(way: { port: number }): Record<string, string>
  close(): Promise<void>
}

export type GroundOptions = { accounts: number; databaseUrl?: string; sink?: SinkOptions }

export async function openGround({
  accounts,
  databaseUrl,
  sink: behaviour,
}: GroundOptions): Promise<Ground> {
  const database = databaseUrl ? undefined : await createTestDatabase(2)
  const folder = mkdtempSync(join(tmpdir(), 'cordon-matrix-'))
  const sink = await startSink(behaviour)
  const url = databaseUrl ?? database?.url ?? ''
  const env = {
    CORDON_DATA_DIR: folder,
    DATABASE_URL: url,
    FOUR_EYES: 'off',
    SMTP_URL: sink.url,
    MAIL_DNS: 'off',
    MAIL_WAVES: '{"holdSeconds":0,"gatherSeconds":0}',
    STAFF_ADDR: '127.0.0.1:0',
    PUBLIC_ADDR: '127.0.0.1:0',
    LOG_LEVEL: 'silent',
  }
  // The processes are built programs, and a plan is for the build that carries it out.
  const app = await openApp(readConfig(env), readBuild(resolve('dist')))
  await stage(app, accounts)
  return {
    app,
    sink,
    env,
    through: ({ port }) => ({ ...env, DATABASE_URL: atPort(url, port) }),
    async close() {
      await app.close()
      await database?.close()
      await sink.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function atPort(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  return url.href
}

/** Where the database itself listens. */
export const targetOf = ({ env }: Pick<Ground, 'env'>): { host: string; port: number } => {
  const { hostname, port } = new URL(env.DATABASE_URL ?? '')
  return { host: hostname, port: Number(port) }
}

const INCIDENT = 'inc_matrix'
const LIST = 'lst_matrix'

/**
 * Every fourth account was attacked and is at risk (held, reset, a case), the next is at risk (held,
 * reset), the next was attacked in vain (a case), the next merely listed (a notice). As many again
 * are on no list.
 */
async function stage(app: App, accounts: number): Promise<void> {
  const { db } = app
  await db.$executeRaw`
    INSERT INTO account (id, address, match_key, balance, currency, second_factors, locale)
    SELECT p || i, p || i || '@example.com', p || i || '@example.com', 10, 'USD',
      CASE WHEN i % 4 IN (1, 2) THEN '{}'::text[] ELSE '{totp}' END, 'en'
    FROM generate_series(1, ${accounts}::int) i, unnest(ARRAY['listed-', 'bystander-']) p ORDER BY p, i`
  await db.$executeRaw`
    INSERT INTO attempt (source_no, id, account_no, at, ip, succeeded, hostile)
    SELECT 2, 'hostile-' || a.no, a.no, date_trunc('second', now()) - interval '1 hour', '203.0.113.66', false, true
    FROM account a, generate_series(1, ${accounts}::int) i WHERE a.id = 'listed-' || i AND i % 4 IN (1, 3)`
  const at = new Date(Date.now() - 7_200_000)
  await db.incident.create({
    data: {
      id: INCIDENT,
      title: 'matrix',
      kind: 'addresses_exposed',
      occurredAt: at,
      detectedAt: at,
    },
  })
  const counts = { entries: accounts, accepted: accounts, duplicates: 0, rejected: 0 }
  await db.list.create({
    data: { id: LIST, incidentId: INCIDENT, sha256: LIST, name: LIST, format: 'text', ...counts },
  })
  await db.batch.create({ data: { listId: LIST, no: 1 } })
  await db.$executeRaw`
    INSERT INTO entry (list_id, line, batch, address, match_key)
    SELECT ${LIST}, i, 1, 'listed-' || i || '@example.com', 'listed-' || i || '@example.com'
    FROM generate_series(1, ${accounts}::int) i`
  await db.$executeRaw`
    INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
    VALUES ('matrix', 1e6, 1e6, 1000, 1000)`
  await db.$executeRaw`
    INSERT INTO mail_domain (domain, lane, source, expires_at)
    VALUES ('example.com', 'matrix', 'table', 'infinity')`
}

/** Asks for a plan, which a worker makes; whoever got no answer may ask again. */
export async function request(app: App): Promise<string> {
  const known = await app.db.sweep.findFirst({ select: { id: true } })
  if (known) return known.id
  return (await requestAnother(app)).id
}

/** Asks for one more plan of the same incident. */
export function requestAnother(app: App): Promise<{ id: string }> {
  const asked = { incidentId: INCIDENT, listIds: [LIST], policy: DEFAULT_POLICY, actor: 'chaos' }
  return inTx(app.db, (tx) => requestSweep(tx, asked, app))
}

/** Approves and starts a sweep as soon as its plan is there, and again where no answer came. */
export const letRun = (app: App, sweepId: string): Promise<void> =>
  until('the start', async () => {
    const { status, planDigest, resets } = await getSweep(app.db, sweepId)
    if (status === 'planned') {
      const approval = { planDigest: planDigest ?? '', expectedResets: resets ?? 0 }
      await approveSweep(app, sweepId, { ...approval, approver: 'os:chaos' })
    }
    if (status === 'planned' || status === 'approved') await startSweep(app, sweepId, 'chaos')
    return status !== 'planning'
  })

export const statusOf = async ({ db }: App, id: string): Promise<string> =>
  (await db.sweep.findUniqueOrThrow({ where: { id }, select: { status: true } })).status

/** How much of a sweep is still to be done: itself, its chunks, its mails, its run. */
export async function leftOf({ db }: App, sweepId: string): Promise<number> {
  const [row] = await db.$queryRaw<[{ open: number }]>`
    SELECT ((SELECT count(*) FROM sweep WHERE id = ${sweepId} AND status <> 'finished')
      + (SELECT count(*) FROM chunk WHERE done_at IS NULL)
      + (SELECT count(*) FROM mail WHERE status IN ('staged', 'sending'))
      + (SELECT count(*) FROM mail_run WHERE ended_at IS NULL))::int AS open`
  return row.open
}

/** Everything reaches its end without hands, once there are no more faults (I14). */
export const untilOver = (app: App, sweepId: string): Promise<void> =>
  until('the end of everything', async () => {
    // A connection that broke before the dot waits five minutes; nobody has to wait for that here.
    await app.db
      .$executeRaw`UPDATE mail SET not_before = now() WHERE status = 'staged' AND not_before > now()`
    return (await leftOf(app, sweepId)) === 0
  })

/** What is wrong, in words, when everything is over: nothing, if all is as it must be. */
export async function judge(ground: Ground, sweepId: string, calm?: FinalState): Promise<string[]> {
  const { app, sink } = ground
  const found = await inspect(app, [sweepId], arrivalsAt(sink))
  const zeros = {
    'accounts without exactly one outcome': found.accounts - found.outcomes,
    'resets without exactly one epoch': found.wrongEpochs,
    'mails twice': found.twice,
    'mails lost': found.lost,
    'mails unexplained': found.unexplained,
  }
  const wrong = Object.entries(zeros).flatMap(([what, count]) =>
    count ? [`${count} ${what}`] : [],
  )
  if (found.auditFault) wrong.push(`the record: ${found.auditFault}`)
  if (calm !== undefined) wrong.push(...differences(calm, await finalState(app)))
  return wrong
}

function arrivalsAt({ messages }: Sink): Arrivals {
  const by = new Map<string, number>()
  for (const { rcpts } of messages) by.set(rcpts[0] ?? '', (by.get(rcpts[0] ?? '') ?? 0) + 1)
  return { by }
}
