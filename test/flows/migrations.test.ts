import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { notAdditive } from '../support/migration-rule.js'

// While a new version is rolled out, the old one goes on with the database that the new one migrated.

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations')
const [, ...later] = readdirSync(MIGRATIONS)
  .filter((name) => /^\d{14}_/.test(name))
  .sort()

/** Migrations that an older version does not live through: stop all processes, then upgrade. */
const STOPS: Record<string, { is: string[]; because: string }> = {
  '20261124000000_attempts': {
    is: ['drops a table', 'renames'],
    because: 'attempts became partitioned; before the first release, when nobody ran Cordon',
  },
  '20261127010000_mail_engine': {
    is: ['drops a constraint'],
    because: 'a mail has rounds, so its key has one more part; before the first release',
  },
}

test.each(later)('%s only adds, or says why not', (name) => {
  const sql = readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8')
  expect(notAdditive(sql)).toEqual(STOPS[name]?.is ?? [])
})

test('every exception is one of a migration that is there', () => {
  expect(Object.keys(STOPS).filter((name) => !later.includes(name))).toEqual([])
})

test.each([
  ['DROP TABLE "a"', 'drops a table'],
  ['ALTER TABLE a DROP COLUMN b', 'drops a column'],
  ['alter table a drop constraint b', 'drops a constraint'],
  ['ALTER TABLE a RENAME COLUMN b TO c', 'renames'],
  ['ALTER TABLE a RENAME TO b', 'renames'],
  ['ALTER TABLE a ALTER COLUMN "b" TYPE bigint', 'changes a type'],
  ['ALTER TABLE a ALTER COLUMN b SET DATA TYPE text', 'changes a type'],
  ['ALTER TABLE a ALTER COLUMN b SET NOT NULL', 'forbids NULL'],
  ['ALTER TABLE a ADD COLUMN b int NOT NULL', 'adds a column that must be filled'],
  [
    'ALTER TABLE a ADD COLUMN b int DEFAULT 1, ADD COLUMN c int NOT NULL',
    'adds a column that must be filled',
  ],
])('%s is seen', (sql, says) => {
  expect(notAdditive(`CREATE TABLE x (y int);\n${sql};`)).toEqual([says])
})

test.each([
  'ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 1, ADD COLUMN c text',
  'CREATE TABLE a (b int NOT NULL)',
  '-- DROP TABLE a\nCREATE INDEX c ON a (b)',
  'CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE t; END $$ LANGUAGE plpgsql',
])('%s only adds', (sql) => {
  expect(notAdditive(sql)).toEqual([])
})
