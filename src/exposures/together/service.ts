import { BATCHES_COUNTED } from '../../contract/incidents.js'
import { type Db, inTx } from '../../platform/db.js'
import { getIncident } from '../service.js'
import * as store from './store.js'

export type Together = {
  batches: number
  addresses: number
  largest: store.BatchCount[]
  spread: { batches: number; accounts: number }[]
}

const BATCHES_AT_MOST = 100

/** Who was exposed with whom, in counts. Refuses with `incident_not_found`. */
export const exposedTogether = (db: Db, incidentId: string): Promise<Together> =>
  inTx(db, async (tx) => {
    await getIncident(tx, incidentId)
    await store.gatherShown(tx, incidentId)
    await store.gatherFound(tx)
    return {
      ...(await store.countShown(tx)),
      largest: await store.largestBatches(tx, BATCHES_AT_MOST),
      spread: await store.countSpread(tx, BATCHES_COUNTED),
    }
  })
