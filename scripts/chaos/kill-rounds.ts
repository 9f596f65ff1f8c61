import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type App, openApp } from '../../src/app.js'
import { sealEvents, verifyAudit } from '../../src/audit/service.js'
import { readConfig } from '../../src/config.js'
import { readBuild } from '../../src/platform/build.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import { type Sink, startSink } from '../../test/support/smtp-sink.js'
import { seeded } from './random.js'
import { startWorker } from './worker.js'

export type KillOptions = {
  dataDir: string
  rounds: number
  accounts: number
  seed: number
  onRound?: (round: Round) => void
}

/** What one round found: where the kill landed, and what was there when everything was over. */
export type Round = {
  round: number
  killedAfterMs: number
  signal: string | null
  left: { chunks: number; mails: number }
  accounts: number
  outcomes: number
  ordered: number
  arrived: number
  twice: number
  unknown: number
  missing: number
  resetsWithoutOneEpoch: number
  casesForUnknown: number
}

/**
 * Round by round: plans and starts a sweep of fresh accounts, kills the worker at a random moment of
 * the run, starts another and waits for the end. A kill that found nothing left to do did not land;
 * its round is repeated with a shorter delay.
 */
export async function killRounds(
  options: KillOptions,
): Promise<{ rounds: Round[]; audit: Awaited<ReturnType<typeof verifyAudit>> }> {
  const sink = await startSink()
  const env = {
    CORDON_DATA_DIR: options.dataDir,
    FOUR_EYES: 'off',
    SMTP_URL: sink.url,
    MAIL_WAVES: '{"holdSeconds":0,"gatherSeconds":0}',
    LOG_LEVEL: 'silent',
  }
  // The workers are built programs, and a plan is for the build that carries it out.
  const app = await openApp(readConfig(env), readBuild(resolve('dist')))
  const random = seeded(options.seed)
  const rounds: Round[] = []
  let longestMs = 1_500
  try {
    for (let attempt = 1; rounds.length < options.rounds; attempt += 1) {
      const delayMs = Math.round(random() * longestMs)
      const round = await oneRound({
        app,
        sink,
        env,
        no: attempt,
        accounts: options.accounts,
        delayMs,
      })
      if (round.left.chunks + round.left.mails === 0) {
        longestMs = Math.max(100, longestMs * 0.8)
        continue
      }
      rounds.push({ ...round, round: rounds.length + 1 })
      options.onRound?.({ ...round, round: rounds.length })
    }
    await sealEvents(app)
    return { rounds, audit: await verifyAudit(app) }
  } finally {
    await app.close()
    await sink.close()
  }
}

type RoundSetup = {
  app: App
  sink: Sink
  env: Record<string, string>
  no: number
  accounts: number
  delayMs: number
}

async function oneRound({ app, sink, env, no, accounts, delayMs }: RoundSetup): Promise<Round> {
  const sweepId = await startFreshSweep(app, no, accounts)
  const sunkBefore = sink.messages.length
  const victim = await startWorker(env)
  await pause(delayMs) // the random moment itself, not a wait for something
  const signal = await victim.kill()
  const left = await leftToDo(app, sweepId)
  const survivor = await startWorker(env)
  await untilOver(app, sweepId)
  await survivor.stop()
  const found = await inspect(app, sweepId, sink, sunkBefore)
  return { round: no, killedAfterMs: delayMs, signal, left, accounts, ...found }
}

async function startFreshSweep(app: App, no: number, accounts: number): Promise<string> {
  const incidentId = `inc_${no}`
  const listId = `lst_${no}`
  await app.db.$executeRaw`
    INSERT INTO account (id, address, match_key, balance, currency, second_factors)
    SELECT ${`r${no}-`} || i, ${`r${no}.`} || i || '@example.com', ${`r${no}.`} || i || '@example.com',
           CASE WHEN i % 5 = 0 THEN 0 ELSE 10 END, 'USD', CASE WHEN i % 4 = 0 THEN '{totp}' ELSE '{}'::text[] END
    FROM generate_series(1, ${accounts}::int) i`
  await app.db.incident.create({
    data: {
      id: incidentId,
      title: `round ${no}`,
      kind: 'addresses_exposed',
      occurredAt: new Date(),
      detectedAt: new Date(),
    },
  })
  await app.db.list.create({
    data: {
      id: listId,
      incidentId,
      sha256: listId,
      name: listId,
      format: 'text',
      entries: accounts,
      accepted: accounts,
      duplicates: 0,
      rejected: 0,
    },
  })
  await app.db.batch.create({ data: { listId, no: 1 } })
  await app.db.$executeRaw`
    INSERT INTO entry (list_id, line, batch, address, match_key)
    SELECT ${listId}, i, 1, ${`r${no}.`} || i || '@example.com', ${`r${no}.`} || i || '@example.com'
    FROM generate_series(1, ${accounts}::int) i`
  const sweepId = await planSweep(app, {
    incidentId,
    listIds: [listId],
    policy: DEFAULT_POLICY,
    actor: 'chaos',
  })
  const { planDigest, resets } = await getSweep(app.db, sweepId)
  await approveSweep(app, sweepId, {
    planDigest: planDigest ?? '',
    expectedResets: resets ?? 0,
    approver: 'os:chaos',
  })
  await startSweep(app, sweepId, 'chaos')
  return sweepId
}

async function leftToDo(app: App, sweepId: string): Promise<Round['left']> {
  const [row] = await app.db.$queryRaw<[Round['left']]>`
    SELECT (SELECT count(*)::int FROM chunk WHERE sweep_id = ${sweepId} AND done_at IS NULL) AS chunks,
           (SELECT count(*)::int FROM mail WHERE sweep_id = ${sweepId} AND status IN ('staged', 'sending')) AS mails`
  return row
}

const LIMIT_MS = 120_000

async function untilOver(app: App, sweepId: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const { status } = await getSweep(app.db, sweepId)
    const { mails } = await leftToDo(app, sweepId)
    if (status === 'finished' && mails === 0) return
    if (performance.now() > deadline)
      throw new Error(`Round is stuck: sweep ${status}, ${mails} mails left`)
    await pause(100)
  }
}

async function inspect(app: App, sweepId: string, sink: Sink, from: number) {
  const [row] = await app.db.$queryRaw<
    [{ outcomes: number; ordered: number; unknown: number; wrong: number; cases: number }]
  >`
    SELECT (SELECT count(*)::int FROM outcome WHERE sweep_id = ${sweepId}) AS outcomes,
           (SELECT count(*)::int FROM mail WHERE sweep_id = ${sweepId}) AS ordered,
           (SELECT count(*)::int FROM mail WHERE sweep_id = ${sweepId} AND status = 'unknown') AS unknown,
           (SELECT count(*)::int FROM outcome o JOIN standing s USING (account_no)
             WHERE o.sweep_id = ${sweepId} AND o.outcome = 'reset_ordered' AND s.session_epoch <> 1) AS wrong,
           (SELECT count(*)::int FROM mail m JOIN review_case c USING (sweep_id, account_no)
             WHERE m.sweep_id = ${sweepId} AND m.status = 'unknown') AS cases`
  const arrivals = new Map<string, number>()
  for (const { rcpts, accepted } of sink.messages.slice(from)) {
    const [recipient = ''] = rcpts
    if (accepted) arrivals.set(recipient, (arrivals.get(recipient) ?? 0) + 1)
  }
  const mails = await app.db.mail.findMany({
    where: { sweepId },
    select: { recipient: true, status: true },
  })
  const missing = mails.filter(
    ({ recipient, status }) => status !== 'unknown' && !arrivals.has(recipient),
  )
  return {
    outcomes: row.outcomes,
    ordered: row.ordered,
    arrived: arrivals.size,
    twice: [...arrivals.values()].filter((count) => count > 1).length,
    unknown: row.unknown,
    missing: missing.length,
    resetsWithoutOneEpoch: row.wrong,
    casesForUnknown: row.cases,
  }
}
