import { availableParallelism } from 'node:os'
import * as argon2 from 'argon2'
import { Refusal } from '../errors.js'

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane; about 30 ms. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** A hash nobody's password has, made with `COST`: what a stranger's password is compared with. */
const NOBODY =
  '$argon2id$v=19$m=19456,p=1,t=2$yjHtpVjn2l+JQqaCw2SpJw$FPuM0tRYt6NAAw6SejKvV8cvSjL+jSSm+kOi7PdDrCQ'

export type Gate = {
  /** Runs work when its turn comes, however late. */
  <T>(work: () => Promise<T>): Promise<T>
  /** The same, but refuses with `throttled` when its turn comes too late. */
  inTime<T>(work: () => Promise<T>): Promise<T>
  /** The same, however many wait: for what its caller bounds. Refuses nothing. */
  owed<T>(work: () => Promise<T>): Promise<T>
  /** Refuses with `throttled` when nobody more may wait now. */
  refuseFull(): void
}

type Room = {
  /** So many pieces of work run at once, */
  concurrency: number
  /** and so many more wait their turn, */
  waiting: number
  /** unless the first of them has waited for so long. */
  lateMs: number
}

type Waiting = { enter: () => void; refuse: ((refusal: Refusal) => void) | undefined; at: number }

const overloaded = () =>
  new Refusal('throttled', 'Too many passwords are being checked. Try again shortly.')

/**
 * Lets work in, first come first served. Refuses with `throttled` when too many wait, or wait too
 * long: a flood is shed while it is still cheap.
 */
export function createGate({ concurrency, waiting, lateMs }: Room): Gate {
  let running = 0
  const queue: Waiting[] = []
  const isLate = ({ at }: Waiting) => performance.now() - at >= lateMs
  const leave = () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (!(next.refuse && isLate(next))) return next.enter()
      next.refuse(overloaded())
    }
    running -= 1
  }
  const isFull = () => {
    const [first] = queue
    return queue.length >= waiting || (first !== undefined && isLate(first))
  }
  const refuseFull = () => {
    if (running >= concurrency && isFull()) throw overloaded()
  }
  const turn = (isUrgent: boolean) =>
    new Promise<void>((enter, reject) => {
      queue.push({ enter, refuse: isUrgent ? reject : undefined, at: performance.now() })
    })
  const passing =
    ({ isOwed = false, isUrgent = false }) =>
    async <T>(work: () => Promise<T>): Promise<T> => {
      if (!isOwed) refuseFull()
      if (running < concurrency) running += 1
      else await turn(isUrgent)
      return work().finally(leave)
    }
  const manners = { inTime: passing({ isUrgent: true }), owed: passing({ isOwed: true }) }
  return Object.assign(passing({}), { ...manners, refuseFull })
}

/**
 * One gate per process. Hashing takes a core and 19 MiB for 30 ms, so one core is left to everybody
 * who does not sign in.
 */
const gate = createGate({
  concurrency: Math.max(1, availableParallelism() - 1),
  waiting: 40,
  lateMs: 1_000,
})

/** Refuses with `throttled` while hashing is overloaded: worth asking before a database is. */
export const refuseOverload = (): void => gate.refuseFull()

/** The form that is hashed: NFC (NIST SP 800-63B-4 §3.1.1.2), otherwise exactly as received. */
const bytesOf = (plain: string) => Buffer.from(plain.normalize('NFC'), 'utf8')

/** The argon2id hash of a password, as a PHC string. Refuses with `throttled` when overloaded. */
export function hashPassword(plain: string): Promise<string> {
  return gate(() => argon2.hash(bytesOf(plain), COST))
}

/**
 * The same for somebody from whom one of a few tries was taken for it: to refuse it then would cost
 * them the try.
 */
export function hashOwed(plain: string): Promise<string> {
  return gate.owed(() => argon2.hash(bytesOf(plain), COST))
}

/**
 * Whether the password belongs to the hash. `null` (no such account, or one without a password) takes
 * the same time and is false. Refuses with `throttled` when overloaded.
 */
export const verifyPassword = verifying(gate)

/**
 * The same for somebody who signs in. Refuses with `throttled` also who would hear it after more than
 * a second: nothing was taken from them, and most are gone by then.
 */
export const verifyInTime = verifying(gate.inTime)

function verifying(enter: Gate['inTime']) {
  return async (hash: string | null, plain: string): Promise<boolean> => {
    const isRight = await enter(() => argon2.verify(hash ?? NOBODY, bytesOf(plain)))
    return isRight && hash !== null
  }
}

/** Whether the hash was made with other parameters than today's. */
export const needsRehash = (hash: string): boolean => argon2.needsRehash(hash, COST)
