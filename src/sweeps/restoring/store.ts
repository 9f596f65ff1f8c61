import type { Tx } from '../../platform/db.js'

export type Unfinished = { id: string; status: string }

/** What a later moment may have carried further than this database knows. */
export const unfinished = (tx: Tx): Promise<Unfinished[]> =>
  tx.$queryRaw<Unfinished[]>`
    SELECT id, status FROM sweep
    WHERE status IN ('planning', 'planned', 'approved', 'running', 'paused') ORDER BY created_at, id`
