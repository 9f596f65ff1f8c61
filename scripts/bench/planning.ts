import type pg from 'pg'
import type { App } from '../../src/app.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import { LIST_ID, type Scale } from './directory.js'
import { type Line, measure, median } from './measure.js'

const BUDGET = 1.5
const MEMORY_MIB = 400

/**
 * The limit: one hand-written statement that does the same join, the same judgement as CASE and the
 * same ordered insert into a table of the same shape. It stores no evidence kinds, digests, chunks
 * or counts, which is what the budget of 1.5 is for.
 */
const HAND_WRITTEN = `
  INSERT INTO bench_action
  SELECT 'bench', row_number() OVER (ORDER BY score DESC, value DESC NULLS FIRST, no), no, verdict,
         batches, first_at, attempts, successes, sources, last_at
  FROM (
    SELECT m.no, m.value, m.batches, m.first_at, coalesce(h.attempts, 0) AS attempts,
           coalesce(h.successes, 0) AS successes, coalesce(h.sources, 0) AS sources, h.last_at,
           least(100, CASE WHEN unprotected THEN 40 ELSE 0 END + CASE WHEN funded THEN 30 ELSE 0 END +
             CASE WHEN h.attempts > 0 THEN 30 ELSE 0 END + CASE WHEN h.successes > 0 THEN 40 ELSE 0 END) AS score,
           CASE WHEN m.reset_since THEN 0 WHEN NOT m.equal THEN 6 WHEN h.successes > 0 THEN 1
                WHEN h.attempts > 0 AND unprotected AND funded THEN 2 WHEN unprotected AND funded THEN 3
                WHEN h.attempts > 0 THEN 4 ELSE 5 END AS verdict
    FROM (
      SELECT a.no, a.balance AS value, bool_or(a.address = x.address) AS equal, sum(x.batches)::int AS batches,
             min(x.first_at) AS first_at, coalesce(cardinality(a.second_factors), 0) = 0 AS unprotected, a.balance IS DISTINCT FROM 0 AS funded,
             EXISTS (SELECT FROM reset r WHERE r.account_no = a.no AND r.status <> 'cancelled'
                     AND r.ordered_at > min(x.first_at)) AS reset_since
      FROM (
        SELECT e.address, e.match_key, count(*)::int AS batches, min(coalesce(b.at, now())) AS first_at
        FROM (SELECT DISTINCT list_id, batch, address, match_key FROM entry WHERE list_id = '${LIST_ID}') e
        JOIN batch b ON b.list_id = e.list_id AND b.no = e.batch GROUP BY e.address, e.match_key
      ) x JOIN account a ON a.match_key = x.match_key GROUP BY a.no
    ) m
    LEFT JOIN (
      SELECT account_no, count(*)::int AS attempts, (count(*) FILTER (WHERE succeeded))::int AS successes,
             count(DISTINCT ip)::int AS sources, max(at) AS last_at
      FROM attempt WHERE hostile AND account_no IS NOT NULL AND at >= now() - interval '14 days' GROUP BY account_no
    ) h ON h.account_no = m.no
  ) judged`

export async function benchPlanning(
  app: App,
  owner: pg.Pool,
  scale: Scale,
  rounds: number,
): Promise<Line> {
  const hand: number[] = []
  const cordon: number[] = []
  let peakMiB = 0
  const idleMiB = process.memoryUsage().rss / 2 ** 20
  for (let round = 0; round < rounds; round += 1) {
    await owner.query('DROP TABLE IF EXISTS bench_action')
    await owner.query('CREATE TABLE bench_action (LIKE action INCLUDING ALL)')
    await owner.query('CHECKPOINT')
    hand.push((await measure(() => owner.query(HAND_WRITTEN))).seconds)
    await owner.query('DROP TABLE bench_action')
    await owner.query('CHECKPOINT')
    const planned = await measure(() =>
      planSweep(app, {
        incidentId: 'inc_bench',
        listIds: [LIST_ID],
        policy: DEFAULT_POLICY,
        actor: 'bench',
      }),
    )
    cordon.push(planned.seconds)
    peakMiB = Math.max(peakMiB, planned.peakMiB)
  }
  const ratio = median(cordon.map((seconds, round) => seconds / (hand[round] ?? Number.NaN)))
  return {
    what: 'plan',
    size: `${scale.exposed.toLocaleString('en-US')} exposed × ${scale.accounts.toLocaleString('en-US')} accounts × ${scale.attempts.toLocaleString('en-US')} attempts`,
    value: median(cordon),
    unit: 's',
    limit: { what: 'one hand-written SQL statement', value: median(hand) },
    ratio,
    budget: `≤ ${BUDGET} ×, ≤ ${MEMORY_MIB} MiB (idle ${Math.round(idleMiB)})`,
    met: ratio <= BUDGET && peakMiB <= MEMORY_MIB,
    peakMiB,
  }
}
