import type pg from 'pg'

export type Scale = {
  name: string
  accounts: number
  exposed: number
  attempts: number
  mails: number
  lines: number
}

export const SCALES: Record<string, Scale> = {
  small: {
    name: 'small',
    accounts: 50_000,
    exposed: 10_000,
    attempts: 50_000,
    mails: 1_000,
    lines: 100_000,
  },
  medium: {
    name: 'medium',
    accounts: 500_000,
    exposed: 100_000,
    attempts: 500_000,
    mails: 5_000,
    lines: 1_000_000,
  },
  /** Medium, with a full 100,000 of the exposed matched: what the watch is measured with. */
  watch: {
    name: 'watch',
    accounts: 500_000,
    exposed: 112_000,
    attempts: 500_000,
    mails: 5_000,
    lines: 1_000_000,
  },
  full: {
    name: 'full',
    accounts: 5_000_000,
    exposed: 1_000_000,
    attempts: 5_000_000,
    mails: 10_000,
    lines: 1_000_000,
  },
}

export const LIST_ID = 'lst_bench'

/**
 * Fills a database with a directory, its login attempts (one in twenty hostile) and one exposed
 * list, by SQL: what is measured is what Cordon does with them, not how they came. A quarter of the
 * directory lives at a provider that ignores dots and tags, every tenth exposed address is unknown.
 */
export async function fillDirectory(pool: pg.Pool, scale: Scale): Promise<void> {
  await pool.query(`
    INSERT INTO account (id, address, match_key, locale, balance, currency, second_factors)
    SELECT 'acct-' || i, a.address, a.address, (ARRAY['en','ja','es','de'])[1 + i % 4],
           CASE WHEN i % 20 < 3 THEN NULL WHEN i % 20 < 9 THEN 0 ELSE round((i % 100003) / 7.0, 2) END, 'USD',
           CASE WHEN i % 7 = 0 THEN NULL WHEN i % 7 < 4 THEN '{}'::text[] ELSE '{totp}' END
    FROM generate_series(1, ${scale.accounts}) i,
         LATERAL (SELECT 'person' || i || CASE WHEN i % 4 = 0 THEN '@gmail.com' ELSE '@mail' || i % 1000 || '.example.com' END
                  AS address) a`)
  await pool.query(`
    INSERT INTO attempt (source_no, id, account_no, at, ip, succeeded, hostile)
    SELECT 2, i::text, 1 + (i * 7919::bigint) % ${scale.accounts},
           date_trunc('milliseconds', now()) - (i % 1000000) * interval '1 second',
           '10.0.0.0'::inet + (i % 65000), i % 3 <> 0, i % 20 = 0
    FROM generate_series(1, ${scale.attempts}) i`)
  await pool.query(`
    INSERT INTO incident (id, title, kind, occurred_at, detected_at)
    VALUES ('inc_bench', 'benchmark', 'addresses_exposed', now() - interval '1 day', now())`)
  const { exposed, accounts } = scale
  await pool.query(
    `INSERT INTO list (id, incident_id, sha256, name, format, entries, accepted, duplicates, rejected)
     VALUES ($1, 'inc_bench', 'bench', 'bench.txt', 'text', $2, $2, 0, 0)`,
    [LIST_ID, exposed],
  )
  await pool.query(`INSERT INTO batch (list_id, no) VALUES ($1, 1)`, [LIST_ID])
  await pool.query(
    `INSERT INTO entry (list_id, line, batch, address, match_key)
     SELECT $1, i, 1, a.address, a.address
     FROM generate_series(1, $2::int) i, LATERAL (SELECT i * ${Math.floor(accounts / exposed)} AS no) n,
          LATERAL (SELECT 'person' || CASE WHEN i % 10 = 0 THEN 'x' ELSE '' END || no ||
                   CASE WHEN no % 4 = 0 THEN '@gmail.com' ELSE '@mail' || no % 1000 || '.example.com' END AS address) a`,
    [LIST_ID, exposed],
  )
}

/** As the owner, so that the planner knows the tables as it would after a night's autovacuum. */
export const analyze = (owner: pg.Pool): Promise<unknown> => owner.query('VACUUM ANALYZE')
