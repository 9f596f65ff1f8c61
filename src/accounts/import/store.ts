import type pg from 'pg'
import { type CopyValue, copyRows, type Tx } from '../../platform/db.js'
import type { AccountRecord } from './record.js'

const COLUMNS = [
  'page',
  'index',
  'id',
  'address',
  'match_key',
  'status',
  'locale',
  'name',
  'anti_phishing_phrase',
  'wants_links',
  'balance',
  'currency',
  'second_factors',
  'password_hash',
]

export type IntakeRow = { index: number; record: AccountRecord; passwordHash: string | null }

export async function copyIntake(pool: pg.Pool, page: string, rows: readonly IntakeRow[]) {
  await copyRows(pool, { table: 'account_intake', columns: COLUMNS }, intakeRows(page, rows))
}

function* intakeRows(page: string, rows: readonly IntakeRow[]): Generator<CopyValue[]> {
  for (const { index, record, passwordHash } of rows) {
    yield [
      page,
      index,
      record.id,
      record.address,
      record.matchKey,
      record.status,
      record.locale,
      record.name,
      record.antiPhishingPhrase,
      record.wantsLinks,
      record.balance?.value ?? null,
      record.balance?.currency ?? null,
      arrayLiteral(record.secondFactors),
      passwordHash,
    ]
  }
}

const arrayLiteral = (values: readonly string[] | null) =>
  values && `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`

export type MergeCounts = { created: number; updated: number; unchanged: number }

/**
 * Merges one page: new accounts are inserted, changed ones updated, the last row of an id wins.
 * A field the record leaves out keeps its value, except balance and factors, where absence means
 * that the platform does not know (any more). An exposed account that changed is looked at again by
 * the watch of its sweep.
 */
export async function mergeIntake(tx: Tx, page: string): Promise<MergeCounts> {
  const [counts] = await tx.$queryRaw<[MergeCounts]>`
    WITH latest AS (
      SELECT DISTINCT ON (id) * FROM account_intake WHERE page = ${page}::uuid ORDER BY id, index DESC
    ), complete AS (
      SELECT l.*, coalesce(l.status, a.status, 'active') AS whole_status,
             coalesce(l.wants_links, a.wants_links, true) AS whole_wants_links
      FROM latest l LEFT JOIN account a ON a.id = l.id
    ), merged AS (
      INSERT INTO account AS a (id, address, match_key, status, locale, name, anti_phishing_phrase,
                                wants_links, balance, currency, second_factors)
      SELECT id, address, match_key, whole_status, locale, name, anti_phishing_phrase,
             whole_wants_links, balance, currency, second_factors
      FROM complete ORDER BY id
      ON CONFLICT (id) DO UPDATE SET
        address = excluded.address, match_key = excluded.match_key, status = excluded.status,
        locale = coalesce(excluded.locale, a.locale), name = coalesce(excluded.name, a.name),
        anti_phishing_phrase = coalesce(excluded.anti_phishing_phrase, a.anti_phishing_phrase),
        wants_links = excluded.wants_links, balance = excluded.balance, currency = excluded.currency,
        second_factors = excluded.second_factors, updated_at = now()
      WHERE (a.address, a.status, a.wants_links) IS DISTINCT FROM
            (excluded.address, excluded.status, excluded.wants_links)
         OR (a.balance, a.currency, a.second_factors) IS DISTINCT FROM
            (excluded.balance, excluded.currency, excluded.second_factors)
         OR a.locale IS DISTINCT FROM coalesce(excluded.locale, a.locale)
         OR a.name IS DISTINCT FROM coalesce(excluded.name, a.name)
         OR a.anti_phishing_phrase IS DISTINCT FROM
            coalesce(excluded.anti_phishing_phrase, a.anti_phishing_phrase)
      RETURNING (xmax = 0) AS inserted, no
    ), asked AS (
      INSERT INTO reassessment (account_no, because)
      SELECT m.no, 'facts_changed' FROM merged m
      WHERE NOT m.inserted AND EXISTS (
        SELECT FROM sweep s JOIN action x ON x.sweep_id = s.id AND x.account_no = m.no
        WHERE s.status = 'finished' AND s.watch_stopped_at IS NULL)
    )
    SELECT (SELECT count(*) FILTER (WHERE inserted) FROM merged)::int AS created,
           (SELECT count(*) FILTER (WHERE NOT inserted) FROM merged)::int AS updated,
           ((SELECT count(*) FROM latest) - (SELECT count(*) FROM merged))::int AS unchanged`
  return counts
}

/**
 * Attempts that named somebody nobody knew yet become those of the page's accounts, and are looked at
 * again. Nearly always there are none, which an index tells at once.
 */
export async function linkAttempts(tx: Tx, page: string): Promise<void> {
  await tx.$executeRaw`
    WITH named AS MATERIALIZED (
      SELECT DISTINCT ON (n.name) n.name, a.no
      FROM account_intake i JOIN account a ON a.id = i.id, LATERAL (VALUES (a.address, 1), (a.id, 2)) n(name, rank)
      WHERE i.page = ${page}::uuid AND EXISTS (SELECT FROM attempt WHERE account_no IS NULL AND username IS NOT NULL)
      ORDER BY n.name, n.rank, a.no
    ), linked AS (
      UPDATE attempt t SET account_no = n.no, username = NULL FROM named n
      WHERE t.account_no IS NULL AND t.username = n.name
      RETURNING t.at, t.account_no, t.ip, t.asn)
    INSERT INTO arrival (from_at, until_at, account_nos, addresses, asns)
    SELECT min(at), max(at), array_agg(DISTINCT account_no), array_agg(DISTINCT ip),
           coalesce(array_agg(DISTINCT asn) FILTER (WHERE asn IS NOT NULL), '{}')
    FROM linked GROUP BY date_bin('15 minutes', at, timestamptz '2000-01-01')`
}

/** Passwords given with the accounts become their credentials where they have none yet. */
export async function mergeCredentials(tx: Tx, page: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO credential (account_no, password_hash)
    SELECT DISTINCT ON (a.no) a.no, i.password_hash FROM account_intake i JOIN account a ON a.id = i.id
    WHERE i.page = ${page}::uuid AND i.password_hash IS NOT NULL ORDER BY a.no, i.index DESC
    ON CONFLICT (account_no) DO NOTHING`
}

export async function clearIntake(tx: Tx, page: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM account_intake WHERE page = ${page}::uuid`
}
