import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { Prisma, PrismaClient } from '../generated/prisma/client.js'
import { Refusal } from './errors.js'
import { SturdyClient } from './sturdy-client.js'

export { Prisma as Sql }
export type Db = PrismaClient
/** Rows in somebody's transaction. First parameter of every store function. */
export type Tx = Prisma.TransactionClient

export type Database = { db: Db; pool: pg.Pool; close(): Promise<void> }

const TRANSACTION_LIMIT_MS = 15 * 60_000

/**
 * Opens a pool as the application role, which can insert and read audit rows but never change them.
 * Refuses with `database_unreachable` when nothing answers within five seconds.
 */
export async function openDatabase(url: string, connections = 10): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    Client: SturdyClient,
    max: connections,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 60_000,
    lock_timeout: 60_000,
    options: '-c role=cordon_app -c jit=off -c timezone=UTC',
  })
  pool.on('error', () => undefined) // an idle connection that dies is replaced at its next use
  await assertReachable(pool)
  const db = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: statementName }),
    transactionOptions: { timeout: TRANSACTION_LIMIT_MS, maxWait: 10_000 },
  })
  const close = async () => {
    await db.$disconnect()
    if (!pool.ended) await pool.end()
  }
  return { db, pool, close }
}

const KEPT_MARK = '/* kept */'

/**
 * At the beginning of a statement of one fixed text: each connection keeps its plan. For what reads
 * a few rows of partitioned tables, whose planning takes many times as long as the reading.
 */
export const KEPT = Prisma.raw(KEPT_MARK)

/**
 * Selected once in a transaction: for the rest of it plans are kept from the first time on, not only
 * from the sixth.
 */
export const KEEP_PLANS = Prisma.raw("set_config('plan_cache_mode', 'force_generic_plan', true)")

/** Nothing else is kept: plans for lists of any length, or for one time only, would pile up. */
const statementName = ({ sql }: { sql: string }): string =>
  sql.trimStart().startsWith(KEPT_MARK)
    ? createHash('sha256').update(sql).digest('hex').slice(0, 32)
    : ''

/** Runs `work` in one transaction: all of it commits, or none of it. */
export const inTx = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> => db.$transaction(work)

/**
 * Streams rows into a table by COPY, all of them or none. `null` is NULL; text is escaped here;
 * returns the row count.
 */
export async function copyRows(
  pool: pg.Pool,
  into: { table: string; columns: readonly string[] },
  rows: Iterable<readonly CopyValue[]>,
): Promise<number> {
  const client = await pool.connect()
  const columns = into.columns.map((column) => `"${column}"`).join(', ')
  const copied = { rows: 0 }
  try {
    const stream = client.query(copyFrom(`COPY "${into.table}" (${columns}) FROM STDIN`))
    await pipeline(Readable.from(copyTexts(rows, copied)), stream)
  } catch (error) {
    client.release(true) // a connection that broke off in the middle of a COPY is of no use to others
    throw error
  }
  client.release()
  return copied.rows
}

export type CopyValue = string | number | boolean | Date | null

const FLUSH_CHARACTERS = 256 * 1024

function* copyTexts(
  rows: Iterable<readonly CopyValue[]>,
  copied: { rows: number },
): Generator<string> {
  let buffered = ''
  for (const row of rows) {
    buffered += `${row.map(copyText).join('\t')}\n`
    copied.rows += 1
    if (buffered.length > FLUSH_CHARACTERS) {
      yield buffered
      buffered = ''
    }
  }
  yield buffered
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function copyText(value: CopyValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'string')
    return value.replace(/[\\\n\r\t]/g, (found) => ESCAPES[found] ?? found)
  return value instanceof Date ? value.toISOString() : String(value)
}

async function assertReachable(pool: pg.Pool): Promise<void> {
  try {
    await pool.query('SELECT 1')
  } catch (cause) {
    await pool.end()
    throw new Refusal('database_unreachable', unreachable(cause), { cause })
  }
}

/** What to tell people. A driver's message names host and port, which helps, never the password. */
export function unreachable(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const reason = first instanceof Error ? first.message : 'no answer'
  return `The database does not answer (${reason}). Check DATABASE_URL and that Postgres is running.`
}
