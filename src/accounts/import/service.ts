import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { record as audit } from '../../audit/service.js'
import { type Db, inTx } from '../../platform/db.js'
import { type AccountRecord, readRecord } from './record.js'
import * as store from './store.js'

export type ImportDeps = {
  db: Db
  pool: pg.Pool
  hashPassword: (password: string) => Promise<string>
}

/** One account to read, with the line (or position) it stands at; `problem` when it is not JSON. */
export type RawRecord = { index: number; json: unknown } | { index: number; problem: string }

export type ImportResult = {
  received: number
  created: number
  updated: number
  unchanged: number
  rejected: { index: number; reason: string }[]
  /** All rejections, also those beyond the first thousand that are listed. */
  rejectedCount: number
}

const PAGE_RECORDS = 20_000
const LISTED_REJECTIONS = 1_000

/**
 * Imports accounts page by page, each page in one transaction: memory stays flat for five million.
 * Rejected records are reported with their place and change nothing.
 */
export async function importAccounts(
  deps: ImportDeps,
  records: AsyncIterable<RawRecord>,
  context: { actor: string; onProgress?: (received: number) => void },
): Promise<ImportResult> {
  const result: ImportResult = {
    received: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: [],
    rejectedCount: 0,
  }
  let page: { index: number; record: AccountRecord }[] = []
  for await (const raw of records) {
    result.received += 1
    const reading = 'problem' in raw ? { rejected: raw.problem } : readRecord(raw.json)
    if ('record' in reading) page.push({ index: raw.index, record: reading.record })
    else reject(result, raw.index, reading.rejected)
    if (page.length === PAGE_RECORDS) {
      await importPage(deps, page, result, context.actor)
      page = []
      context.onProgress?.(result.received)
    }
  }
  if (page.length > 0) await importPage(deps, page, result, context.actor)
  context.onProgress?.(result.received)
  return result
}

function reject(result: ImportResult, index: number, reason: string): void {
  result.rejectedCount += 1
  if (result.rejected.length < LISTED_REJECTIONS) result.rejected.push({ index, reason })
}

async function importPage(
  deps: ImportDeps,
  records: readonly { index: number; record: AccountRecord }[],
  result: ImportResult,
  actor: string,
): Promise<void> {
  const page = randomUUID()
  await store.copyIntake(deps.pool, page, await withHashes(deps, records))
  const counts = await inTx(deps.db, async (tx) => {
    const merged = await store.mergeIntake(tx, page)
    await store.mergeCredentials(tx, page)
    await store.linkAttempts(tx, page)
    await store.clearIntake(tx, page)
    await audit(tx, { kind: 'account.imported', actor, subject: `page:${page}`, detail: merged })
    return merged
  })
  result.created += counts.created
  result.updated += counts.updated
  // A repeated id within a page counts once as created or updated and otherwise as unchanged.
  result.unchanged += records.length - counts.created - counts.updated
}

/** Argon2 takes about 30 ms a password, which is why it stays outside the transaction. */
async function withHashes(
  deps: ImportDeps,
  records: readonly { index: number; record: AccountRecord }[],
): Promise<store.IntakeRow[]> {
  const rows: store.IntakeRow[] = []
  for (const { index, record } of records) {
    const passwordHash = record.password === null ? null : await deps.hashPassword(record.password)
    rows.push({ index, record, passwordHash })
  }
  return rows
}
