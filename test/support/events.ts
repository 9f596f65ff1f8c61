import { randomBytes } from 'node:crypto'
import type { AuditEvent } from '../../src/audit/event.js'
import { recordAll } from '../../src/audit/service.js'
import type { DeliveryDeps } from '../../src/events/delivering/service.js'
import { fanOut } from '../../src/events/fanning/service.js'
import { createCipher } from '../../src/platform/cipher.js'
import { type Database, inTx } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'
import { createTestDatabase } from './database.js'

export type EventWorld = Database & DeliveryDeps & { url: string }

/** A database of its own and what events take; receivers may be on this machine. */
export async function anEventWorld(): Promise<EventWorld> {
  return {
    ...(await createTestDatabase()),
    cipher: createCipher(randomBytes(32)),
    log: createLog('silent'),
    outbound: { allowPrivate: true },
    issuer: 'https://accounts.example.com',
  }
}

export const held = (id: string): AuditEvent => ({
  kind: 'account.held',
  actor: 'cordon',
  subject: `account:${id}`,
  detail: { sweep: 'swp_1' },
})

export const resetOf = (id: string): AuditEvent => ({
  kind: 'reset.ordered',
  actor: 'cordon',
  subject: `account:${id}`,
  detail: { sweep: 'swp_1', epoch: 2, mail: 'reset' },
})

/** Records events and fans them out; other test files' transactions hold the horizon for moments. */
export async function happen(world: EventWorld, events: readonly AuditEvent[]): Promise<void> {
  await inTx(world.db, (tx) => recordAll(tx, events))
  await fanOutAll(world)
}

/** Fans out until every endpoint has seen the whole audit. */
export async function fanOutAll(world: EventWorld): Promise<void> {
  for (;;) {
    await fanOut(world)
    const [left] = await world.db.$queryRaw<{ events: number }[]>`
      SELECT count(*)::int AS events FROM audit_event a, event_endpoint e
      WHERE e.disabled_at IS NULL AND (a.tx, a.id) > (e.cursor_tx, e.cursor_event)`
    if (left?.events === 0) return
  }
}

/** Lets all waits of this database be over, as time would. */
export const makeDue = ({ db }: EventWorld) =>
  db.$executeRaw`UPDATE event_delivery SET not_before = now() WHERE status = 'pending'`

export const deliveriesOf = ({ db }: EventWorld, endpoint: string) =>
  db.$queryRaw<
    { id: string; status: string; attempts: number; answer: number | null; reason: string | null }[]
  >`
    SELECT d.id::text AS id, d.status, d.attempts::int AS attempts, d.answer::int AS answer, d.reason
    FROM event_delivery d JOIN event_endpoint e ON e.no = d.endpoint_no WHERE e.id = ${endpoint} ORDER BY d.no`
