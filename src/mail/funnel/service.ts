import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { SCHEDULE } from '../reminders/schedule.js'
import { countFunnel, countSteps, isIncident, makeRoom, type Part, type Steps } from './store.js'

export type { Part } from './store.js'

/** Counts of accounts: each step is of those whose reset was ordered. */
export type Funnel = {
  total: Part
  batches: Part[]
  lanes: Part[]
  locales: Part[]
}

const PARTS_AT_MOST = 100

/**
 * From the ordered reset to the new password, per account of an incident: `accepted` by a mail
 * server, `opened` (docs/decisions/0017), `completed`, `idle` (mailed, and nothing for as long as
 * after the last reminder), `withdrawn`. With the 100 largest parts by batch, lane and locale.
 * Refuses with `incident_not_found`.
 */
export const incidentFunnel = (deps: { db: Db }, incidentId: string): Promise<Funnel> =>
  inTx(deps.db, async (tx) => {
    if (!(await isIncident(tx, incidentId))) {
      throw new Refusal('incident_not_found', `There is no incident ${incidentId}.`)
    }
    await makeRoom(tx)
    const parts = await countFunnel(tx, {
      incidentId,
      idleHours: SCHEDULE.idleAfterHours,
      partsAtMost: PARTS_AT_MOST,
    })
    const of = (cut: Part['cut']) => parts.filter((part) => part.cut === cut)
    return {
      total: of('all')[0] as Part,
      batches: of('batch'),
      lanes: of('lane'),
      locales: of('locale'),
    }
  })

/** The total alone, for who has looked the incident up already. */
export async function incidentSteps(tx: Tx, incidentId: string): Promise<Steps> {
  await makeRoom(tx)
  return countSteps(tx, { incidentId, idleHours: SCHEDULE.idleAfterHours })
}
