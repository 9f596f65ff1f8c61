import type { Tx } from '../../../platform/db.js'
import type { MailPurpose } from '../../state.js'
import type { SeedMail } from '../seeds.js'

export async function insertSeeds(
  tx: Tx,
  wave: { sweepId: string; no: number },
  seeds: readonly SeedMail[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO mail_seed (sweep_id, wave, recipient, purpose, locale)
    SELECT ${wave.sweepId}, ${wave.no}, s.* FROM unnest(${seeds.map(({ seed }) => seed)}::text[],
      ${seeds.map(({ purpose }) => purpose)}::text[], ${seeds.map(({ locale }) => locale)}::text[]) AS s
    ON CONFLICT DO NOTHING`
}

export type StoredSeed = { id: string; wave: number; status: string; reply: string | null }

export const seedsOf = (tx: Tx, sweepId: string): Promise<StoredSeed[]> =>
  tx.$queryRaw<StoredSeed[]>`
    SELECT id::text AS id, wave::int AS wave, status, reply FROM mail_seed WHERE sweep_id = ${sweepId}`

export type ClaimedSeed = {
  id: string
  sweepId: string
  wave: number
  recipient: string
  purpose: MailPurpose
  locale: string
  attempts: number
}

/** Takes one seed mail that is due, for a lease of 60 s, and only while its sweep's mail may leave. */
export async function claimSeed(tx: Tx, owner: string): Promise<ClaimedSeed | undefined> {
  const [claimed] = await tx.$queryRaw<ClaimedSeed[]>`
    UPDATE mail_seed SET status = 'sending', attempts = attempts + 1, body_at = NULL,
      lease_owner = ${owner}, lease_until = now() + interval '60 seconds'
    WHERE id = (
      SELECT id FROM mail_seed
      WHERE status = 'staged' AND not_before <= now() AND mail_may_leave(sweep_id, NULL)
      ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id::text AS id, sweep_id AS "sweepId", wave::int AS wave, recipient, purpose, locale, attempts`
  return claimed
}

/** As for every mail: the final dot is written only after this committed. */
export const stampSeed = (tx: Tx, id: string, owner: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_seed SET body_at = now() WHERE id = ${id}::uuid AND status = 'sending'
      AND lease_owner = ${owner} AND lease_until > now() AND body_at IS NULL AND mail_may_leave(sweep_id, NULL)`

export type SeedResult = {
  id: string
  status: 'staged' | 'accepted' | 'rejected' | 'unknown'
  reply: string | null
  waitSeconds: number
}

export const finishSeed = (tx: Tx, owner: string, result: SeedResult): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_seed SET status = ${result.status}, reply = ${result.reply}, lease_owner = NULL, lease_until = NULL,
      accepted_at = CASE WHEN ${result.status} = 'accepted' THEN now() END,
      not_before = now() + make_interval(secs => ${result.waitSeconds})
    WHERE id = ${result.id}::uuid AND status = 'sending' AND lease_owner = ${owner}`

/** What a sender that died left behind: due again, or, where it may have arrived, unknown. */
export const recoverSeeds = (tx: Tx): Promise<number> =>
  tx.$executeRaw`
    UPDATE mail_seed SET status = CASE WHEN body_at IS NULL THEN 'staged' ELSE 'unknown' END,
      lease_owner = NULL, lease_until = NULL
    WHERE status = 'sending' AND lease_until < now()`
