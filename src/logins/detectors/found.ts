import type { SignalKind } from '../signal.js'

/** What stands out about one login of an account. `says` is one sentence with its numbers. */
export type Found = { kind: SignalKind; at: Date; ip: string; says: string }
