import type { Rule } from './invariant.js'

const quoted = (names: readonly string[]) =>
  `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]::text[]`

const isUnique = (name: string) => `EXISTS (
  SELECT FROM pg_index x WHERE x.indexrelid = to_regclass('public.' || ${name})
    AND x.indisunique AND x.indisvalid)`

/** The unique indexes that make an invariant true whatever the program does. */
export const uniqueIndexes = (...names: readonly string[]): Rule => ({
  finds: 'A unique index that keeps the database from breaking this is missing or not valid.',
  names: 'guard',
  sql: `SELECT g.name AS id FROM unnest(${quoted(names)}) AS g (name) WHERE NOT ${isUnique('g.name')}`,
})

/** CHECK constraints, by name. */
export const constraints = (...names: readonly string[]): Rule => ({
  finds: 'A constraint that keeps the database from breaking this is missing or not validated.',
  names: 'guard',
  sql: `SELECT g.name AS id FROM unnest(${quoted(names)}) AS g (name)
    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = g.name AND c.convalidated)`,
})

/** Tables whose rows the application's role may only add. */
export const writtenOnce = (...tables: readonly string[]): Rule => ({
  finds: "Cordon's own role may change or delete what is written once.",
  names: 'table',
  sql: `SELECT g.name AS id FROM unnest(${quoted(tables)}) AS g (name)
    WHERE EXISTS (SELECT FROM pg_roles r, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS may (act)
                  WHERE r.rolname = 'cordon_app' AND has_table_privilege(r.oid, 'public.' || g.name, may.act))`,
})

type Doubled = {
  finds: string
  names: Rule['names']
  table: string
  key: string
  guard: string
  id: string
}

/**
 * Rows that share a key. Counting millions of them is left out while a valid unique index makes it
 * impossible: the condition is a constant for the statement, so that nothing is read then.
 */
export const doubled = ({ finds, names, table, key, guard, id }: Doubled): Rule => ({
  finds,
  names,
  sql: `SELECT ${id} AS id FROM ${table} WHERE NOT (SELECT ${isUnique(`'${guard}'`)})
    GROUP BY ${key} HAVING count(*) > 1`,
})
