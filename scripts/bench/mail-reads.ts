import type pg from 'pg'
import type { App } from '../../src/app.js'
import { incidentFunnel } from '../../src/mail/funnel/service.js'
import { foldTally, mailStatus } from '../../src/mail/status/service.js'
import { inTx } from '../../src/platform/db.js'
import { type Line, measure, median } from './measure.js'

const MAILS = 1_000_000
const ACCOUNTS = 100_000
const BUDGET_MS = { status: 50, funnel: 300 }
const ROUNDS = 15

/** How far mail is with a million mails on record, and the funnel of 100,000 accounts. */
export async function benchMailReads(app: App, owner: pg.Pool): Promise<Line[]> {
  await fill(owner)
  const unfolded = await timed(() => inTx(app.db, mailStatus))
  await foldTally(app)
  const folded = await timed(() => inTx(app.db, mailStatus))
  const funnel = await timed(() => incidentFunnel(app, 'inc_reads'))
  const mails = `${MAILS.toLocaleString('en-US')} mails, 300 lanes`
  return [
    line('mail status, tally not folded', mails, { ms: unfolded, budgetMs: BUDGET_MS.status }),
    line('mail status', mails, { ms: folded, budgetMs: BUDGET_MS.status }),
    line('funnel', `${ACCOUNTS.toLocaleString('en-US')} accounts, 100 batches`, {
      ms: funnel,
      budgetMs: BUDGET_MS.funnel,
    }),
  ]
}

async function timed(read: () => Promise<unknown>): Promise<number> {
  await read()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) times.push((await measure(read)).seconds * 1_000)
  return median(times)
}

const line = (
  what: string,
  size: string,
  { ms, budgetMs }: { ms: number; budgetMs: number },
): Line => ({
  what,
  size,
  value: ms,
  unit: 'ms',
  budget: `< ${budgetMs} ms`,
  met: ms < budgetMs,
  peakMiB: process.memoryUsage().rss / 2 ** 20,
})

/** A finished sweep of an incident whose accounts were mailed, beside ten times as much older mail. */
export async function fill(owner: pg.Pool): Promise<void> {
  await owner.query(`
    INSERT INTO policy (version, sha256, body) VALUES ('reads@1', 'x', '{}') ON CONFLICT DO NOTHING;
    INSERT INTO incident (id, title, kind, occurred_at, detected_at)
      VALUES ('inc_reads', 'reads', 'addresses_exposed', now(), now());
    INSERT INTO sweep (id, incident_id, status, policy_version, list_ids, mail_revision, window_start, four_eyes, requested_by)
      VALUES ('swp_reads', 'inc_reads', 'finished', 'reads@1', '{lst_reads}', 'x', now(), false, 'bench');
    INSERT INTO list (id, incident_id, sha256, name, format, entries, accepted, duplicates, rejected)
      VALUES ('lst_reads', 'inc_reads', 'x', 'x', 'text', ${ACCOUNTS}, ${ACCOUNTS}, 0, 0);
    INSERT INTO batch (list_id, no) SELECT 'lst_reads', i FROM generate_series(0, 99) i;
    INSERT INTO account (id, address, match_key, locale)
      SELECT 'read-' || i, 'read-' || i || '@reads.example', 'read-' || i || '@reads.example', (ARRAY['en', 'ja', 'ko', 'ar'])[i % 4 + 1]
      FROM generate_series(1, ${ACCOUNTS}) i;
    INSERT INTO entry (list_id, line, batch, address, match_key)
      SELECT 'lst_reads', i, i % 100, 'read-' || i || '@reads.example', 'read-' || i || '@reads.example'
      FROM generate_series(1, ${ACCOUNTS}) i;
    INSERT INTO reset (account_no, epoch, sweep_id, status, opened_at)
      SELECT no, 1, 'swp_reads', CASE WHEN no % 3 = 0 THEN 'completed' ELSE 'ordered' END, CASE WHEN no % 2 = 0 THEN now() END
      FROM account WHERE match_key LIKE 'read-%';`)
  await owner.query(`
    INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave, lane, status, accepted_at)
    SELECT 'swp_reads', r.account_no, 'reset', a.address, r.no, 0, 'lane' || r.no % 20,
      CASE WHEN r.no % 10 = 0 THEN 'unknown' ELSE 'accepted' END, CASE WHEN r.no % 10 <> 0 THEN now() END
    FROM reset r JOIN account a ON a.no = r.account_no WHERE r.sweep_id = 'swp_reads'`)
  await owner.query(`
    INSERT INTO mail (sweep_id, account_no, purpose, recipient, wave, lane, status)
    SELECT 'older-' || i % 9, i, 'notice', 'old-' || i || '@reads.example', CASE WHEN i % 3 = 0 THEN 0 END, 'lane' || i % 300,
      (ARRAY['accepted', 'staged', 'accepted', 'rejected', 'accepted'])[i % 5 + 1]
    FROM generate_series(1, ${MAILS - ACCOUNTS}) i`)
  await owner.query('VACUUM ANALYZE mail, reset, account, entry, mail_tally')
}
