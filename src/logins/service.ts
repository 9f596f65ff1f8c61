import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { record } from '../audit/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { type Attempt, readAttempt } from './attempt.js'
import {
  CATALOGUE,
  classifyAccount,
  classifySource,
  classifySuccess,
  type Signal,
} from './classify.js'
import * as store from './store.js'

export type LoginDeps = { db: Db; pool: pg.Pool }

export type RawAttempt = { index: number; json: unknown } | { index: number; problem: string }

export type AttemptsResult = {
  received: number
  accepted: number
  duplicates: number
  rejected: { index: number; reason: string }[]
  rejectedCount: number
  signals: number
}

const PAGE_ATTEMPTS = 20_000
const LISTED_REJECTIONS = 1_000

/**
 * Imports login attempts page by page and then classifies the time they cover. An attempt whose id
 * this source sent before is a duplicate. Rejected attempts are reported and change nothing.
 */
export async function importAttempts(
  deps: LoginDeps,
  attempts: AsyncIterable<RawAttempt>,
  context: { source: string; actor: string; onProgress?: (received: number) => void },
): Promise<AttemptsResult> {
  const result: AttemptsResult = {
    received: 0,
    accepted: 0,
    duplicates: 0,
    rejected: [],
    rejectedCount: 0,
    signals: 0,
  }
  let page: store.IntakeRow[] = []
  let span: store.Span | undefined
  for await (const raw of attempts) {
    result.received += 1
    const reading = 'problem' in raw ? { rejected: raw.problem } : readAttempt(raw.json)
    if ('rejected' in reading) reject(result, raw.index, reading.rejected)
    else {
      page.push({ index: raw.index, attempt: reading.attempt })
      span = widen(span, reading.attempt)
    }
    if (page.length === PAGE_ATTEMPTS) {
      await importPage(deps, page, result, context)
      page = []
      context.onProgress?.(result.received)
    }
  }
  if (page.length > 0) await importPage(deps, page, result, context)
  if (span) result.signals = await classifySpan(deps, span, context.actor)
  return result
}

function reject(result: AttemptsResult, index: number, reason: string): void {
  result.rejectedCount += 1
  if (result.rejected.length < LISTED_REJECTIONS) result.rejected.push({ index, reason })
}

const widen = (span: store.Span | undefined, { at }: Attempt): store.Span => ({
  from: span && span.from < at ? span.from : at,
  until: span && span.until > at ? span.until : at,
})

async function importPage(
  deps: LoginDeps,
  rows: readonly store.IntakeRow[],
  result: AttemptsResult,
  { source, actor }: { source: string; actor: string },
): Promise<void> {
  const page = randomUUID()
  await store.copyIntake(deps.pool, page, rows)
  const accepted = await inTx(deps.db, async (tx) => {
    const fresh = await store.mergeIntake(tx, page, source)
    await store.clearIntake(tx, page)
    const detail = { accepted: fresh, duplicates: rows.length - fresh }
    await record(tx, { kind: 'attempts.imported', actor, subject: `page:${page}`, detail })
    return fresh
  })
  result.accepted += accepted
  result.duplicates += rows.length - accepted
}

/**
 * Judges a span of event time anew, with all that can have changed around it: bursts across its
 * edges, and successes after them. The result depends on the attempts that are stored and never on
 * the order in which they arrived. Returns the number of new signals.
 */
export async function classifySpan(
  deps: LoginDeps,
  span: store.Span,
  actor: string,
): Promise<number> {
  return inTx(deps.db, async (tx) => {
    await store.lockClassification(tx)
    const touched = around(span, LONGEST_WINDOW_MINUTES)
    const attacks = await findAttacks(tx, touched)
    await store.gatherAttacks(tx, attacks)
    await store.markFailures(tx, touched)
    const { withinMinutes } = CATALOGUE.successAfterAttack
    const judged = await store.judgeSuccesses(tx, around(touched, withinMinutes))
    await store.markSuccesses(tx, judged)
    const cleared = judged.filter(({ hostile }) => !hostile)
    await store.deleteRefuted(tx, touched, cleared)
    const entered = judged.filter(({ hostile }) => hostile).map(classifySuccess)
    const raised = await store.upsertSignals(tx, [...attacks, ...entered])
    if (raised > 0) {
      await record(tx, {
        kind: 'signals.raised',
        actor,
        subject: 'attempts:all',
        detail: { raised },
      })
    }
    return raised
  })
}

const LONGEST_WINDOW_MINUTES = Math.max(
  CATALOGUE.bruteForce.windowMinutes,
  CATALOGUE.credentialStuffing.windowMinutes,
)

async function findAttacks(tx: Tx, span: store.Span): Promise<Signal[]> {
  const onAccounts = (await store.accountWindows(tx, span)).map(classifyAccount)
  const fromSources = (await store.sourceWindows(tx, span)).map(classifySource)
  return [...onAccounts, ...fromSources].filter((signal) => signal !== undefined)
}

const around = ({ from, until }: store.Span, minutes: number): store.Span => ({
  from: new Date(from.getTime() - minutes * 60_000),
  until: new Date(until.getTime() + minutes * 60_000),
})

/** Signals that concern one account, with their sentences. */
export const signalsOf = (tx: Tx, accountNo: bigint) => store.signalsOf(tx, accountNo)
