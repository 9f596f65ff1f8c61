import type pg from 'pg'
import type { Finding, Rule } from './invariant.js'

export type Reader = Pick<pg.ClientBase, 'query'>

const EXAMPLES = 5

/** Lets somebody read at one moment. */
export type Reading = <T>(timeoutMs: number, work: (reader: Reader) => Promise<T>) => Promise<T>

/**
 * Transactions that see one moment and can change nothing. A question that takes longer than
 * `timeoutMs` is given up, and so is one that would have to wait for somebody's lock. Questions are
 * about everything, so none loops over rows: after a crash the planner's statistics may be of an
 * evening ago, and what it then takes for one row was two million (5 s, and no end after 70).
 */
export const readingOn =
  (client: Reader): Reading =>
  async (timeoutMs, work) => {
    await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${Math.round(timeoutMs)};
       SET LOCAL lock_timeout = '2s'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off;
       SET LOCAL enable_nestloop = off`,
    )
    return work(client).finally(() => client.query('ROLLBACK'))
  }

/** What one rule finds: the count, and the first few by their public ids. The rest stays there. */
export async function violationsOf(client: Reader, { finds, names, sql }: Rule): Promise<Finding> {
  const shown =
    names === 'account'
      ? `SELECT coalesce(a.id, 'number ' || f.id) FROM (SELECT id FROM found ORDER BY id LIMIT ${EXAMPLES}) f
         LEFT JOIN account a ON a.no = f.id ORDER BY f.id`
      : `SELECT id::text FROM found ORDER BY 1 LIMIT ${EXAMPLES}`
  await client.query('SAVEPOINT question')
  const { rows } = await client.query<{ violations: number; examples: string[] }>(
    `WITH found AS MATERIALIZED (${sql})
     SELECT (SELECT count(*) FROM found)::float8 AS violations, ARRAY(${shown}) AS examples`,
  )
  const { violations = 0, examples = [] } = rows[0] ?? {}
  return { finds, names, violations, examples: examples.map(withoutAddress) }
}

/** After a question that failed the next one can be asked. */
export const forgetQuestion = (client: Reader) => client.query('ROLLBACK TO SAVEPOINT question')

/** A platform may have addresses as account ids; they are not printed. */
const withoutAddress = (id: string) => (id.includes('@') ? '(an id that holds an address)' : id)

/** The tables of the queue in this database; none while nothing was queued, or where Redis carries it. */
export async function queueTables(client: Reader): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'cordon_queue' AND c.relkind IN ('r', 'p') ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}
