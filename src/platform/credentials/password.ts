import { availableParallelism } from 'node:os'
import * as argon2 from 'argon2'
import { Refusal } from '../errors.js'

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane; about 30 ms. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** A hash nobody's password has, made with `COST`: what a stranger's password is compared with. */
const NOBODY =
  '$argon2id$v=19$m=19456,p=1,t=2$yjHtpVjn2l+JQqaCw2SpJw$FPuM0tRYt6NAAw6SejKvV8cvSjL+jSSm+kOi7PdDrCQ'

export type Gate = {
  <T>(work: () => Promise<T>): Promise<T>
  /** Refuses with `throttled` when nobody more may wait now. */
  refuseFull(): void
}

type Room = {
  /** So many pieces of work run at once, */
  concurrency: number
  /** and so many more wait their turn, */
  waiting: number
  /** for so long at most. */
  lateMs: number
}

type Waiting = { enter: () => void; refuse: (refusal: Refusal) => void; at: number }

const overloaded = () =>
  new Refusal('throttled', 'Too many passwords are being checked. Try again shortly.')

/**
 * Lets work in, first come first served. Refuses with `throttled` when too many wait, or one waits too
 * long, and who has waited too long when their turn comes: a flood is shed while it is still cheap,
 * and nobody hears after seconds what they asked and gave up.
 */
export function createGate({ concurrency, waiting, lateMs }: Room): Gate {
  let running = 0
  const queue: Waiting[] = []
  const isLate = ({ at }: Waiting) => performance.now() - at >= lateMs
  const leave = () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (!isLate(next)) return next.enter()
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
  const pass = async <T>(work: () => Promise<T>): Promise<T> => {
    refuseFull()
    if (running < concurrency) running += 1
    else
      await new Promise<void>((enter, refuse) =>
        queue.push({ enter, refuse, at: performance.now() }),
      )
    return work().finally(leave)
  }
  return Object.assign(pass, { refuseFull })
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
 * Whether the password belongs to the hash. `null` (no such account, or one without a password) takes
 * the same time and is false. Refuses with `throttled` when overloaded.
 */
export async function verifyPassword(hash: string | null, plain: string): Promise<boolean> {
  const isRight = await gate(() => argon2.verify(hash ?? NOBODY, bytesOf(plain)))
  return isRight && hash !== null
}

/** Whether the hash was made with other parameters than today's. */
export const needsRehash = (hash: string): boolean => argon2.needsRehash(hash, COST)
