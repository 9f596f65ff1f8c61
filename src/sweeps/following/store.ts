import type { Tx } from '../../platform/db.js'
import { type Change, LEADS_TO } from './stream.js'

/**
 * State changes after an event, in order. Whoever changes a sweep's state holds its row before they
 * write this row, and until they commit: no change with a smaller id can appear later.
 */
export const changesAfter = (tx: Tx, sweepId: string, after: string): Promise<Change[]> =>
  tx.$queryRaw<Change[]>`
    SELECT id::text AS id, kind, actor, at, detail FROM audit_event
    WHERE subject = ${`sweep:${sweepId}`} AND id > ${after}::text::bigint AND kind = ANY(${Object.keys(LEADS_TO)})
    ORDER BY audit_event.id`
