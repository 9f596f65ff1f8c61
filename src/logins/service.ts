import type { Tx } from '../platform/db.js'
import * as store from './store.js'

/** What is hostile about one account, with its sentences. */
export const signalsOf = (tx: Tx, accountNo: bigint) => store.signalsOf(tx, accountNo)
