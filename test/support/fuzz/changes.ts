import { asOwner, type World } from '../world.js'

/** What is no change of anything that counts: Cordon's own bookkeeping, and what proves itself. */
const BOOKKEEPING = {
  audit_event: 'is the record',
  audit_seal: 'is the record',
  api_key: 'when a key was used; the rest of it is looked at',
  attempt: 'is itself the record of a login',
  arrival: 'what waits to be classified',
  mail_tally: 'counts of mails',
  idempotency_key: 'answers kept for a day',
  passkey_challenge: 'what a browser must sign next',
  platform_tally: 'counts of attempts',
  rate_limit: 'who asked how much',
  reassessment: 'what waits for the watch',
  sign_in_wait: 'failures, each with its own audit row',
  staff_session: 'when a session was seen; the rest of it is looked at',
  webhook_message: 'ids of messages',
  account_intake: 'what is being read',
  entry: 'counts once its list commits',
  rejection: 'counts once its list commits',
} as const

/** Columns whose change alone is bookkeeping, or this test's own doing (what makes a factor fresh). */
const SEEN_COLUMNS: Record<string, string[]> = {
  api_key: ['used_at'],
  staff_session: ['seen_at', 'factor_at'],
  staff: ['totp_last_step'],
  review_case: ['lease_until', 'free_at'],
}

/** From now on every transaction that changes a table is noted, by triggers. */
export async function noteChanges(world: World): Promise<void> {
  await asOwner(
    world,
    `CREATE TABLE noted_change (tx xid8 NOT NULL, name text NOT NULL, verb text NOT NULL);
     GRANT INSERT, SELECT ON noted_change TO cordon_app;
     CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE seen text[] := string_to_array(TG_ARGV[0], ',');
     BEGIN
       IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - seen = to_jsonb(OLD) - seen THEN RETURN NULL; END IF;
       INSERT INTO noted_change VALUES (pg_current_xact_id(), TG_TABLE_NAME, TG_OP);
       RETURN NULL;
     END $$;`,
  )
  const tables = await world.db.$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname NOT IN ('_prisma_migrations', 'noted_change')`
  for (const { name } of tables) {
    if (Object.hasOwn(BOOKKEEPING, name) && !SEEN_COLUMNS[name]) continue
    await asOwner(
      world,
      `CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON "${name}"
       FOR EACH ROW EXECUTE FUNCTION note_change('${(SEEN_COLUMNS[name] ?? []).join(',')}')`,
    )
  }
}

/** Transactions that changed something and left no audit row (I8), by what they changed. */
export const unauditedChanges = ({ db }: World) =>
  db.$queryRaw<{ changed: string; transactions: number }[]>`
    SELECT changed, count(*)::int AS transactions FROM (
      SELECT c.tx, string_agg(DISTINCT c.verb || ' ' || c.name, ', ' ORDER BY c.verb || ' ' || c.name) AS changed
      FROM noted_change c WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.tx = c.tx) GROUP BY c.tx) x
    GROUP BY changed ORDER BY 2 DESC`

export const countChanges = async ({ db }: World): Promise<number> =>
  (await db.$queryRaw<{ n: number }[]>`SELECT count(DISTINCT tx)::int AS n FROM noted_change`)[0]
    ?.n ?? 0
