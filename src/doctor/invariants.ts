import type { Invariant } from './invariant.js'
import { addressed } from './invariants/addressed.js'
import { approved } from './invariants/approved.js'
import { bounded } from './invariants/bounded.js'
import { chain } from './invariants/chain.js'
import { complete } from './invariants/complete.js'
import { coupled } from './invariants/coupled.js'
import { durable } from './invariants/durable.js'
import { equivalent } from './invariants/equivalent.js'
import { failClosed } from './invariants/fail-closed.js'
import { fenced } from './invariants/fenced.js'
import { idempotent } from './invariants/idempotent.js'
import { live } from './invariants/live.js'
import { mailed } from './invariants/mailed.js'
import { noGhosts } from './invariants/no-ghosts.js'
import { once } from './invariants/once.js'
import { oneWay } from './invariants/one-way.js'
import { quiet } from './invariants/quiet.js'
import { time } from './invariants/time.js'
import { token } from './invariants/token.js'
import { untouched } from './invariants/untouched.js'

/** The invariants of the design (§13), I1 to I20. */
export const INVARIANTS: readonly Invariant[] = [
  ...[complete, oneWay, coupled, mailed, addressed, token, durable, noGhosts, chain, approved],
  ...[once, idempotent, fenced, live, bounded, quiet, failClosed, time, untouched, equivalent],
]
