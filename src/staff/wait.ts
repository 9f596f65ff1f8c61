/**
 * How long to wait after failures, in seconds. NIST SP 800-63B-4 §3.2.2 suggests 30 s growing to an
 * hour, and wants an end at 100: that is a day, after which somebody will have looked.
 */
export function waitAfter(failures: number, free: number): number {
  if (failures <= free) return 0
  if (failures >= 100) return 86_400
  return Math.min(3_600, 30 * 2 ** (failures - free - 1))
}

/** Mistyping is free this often. */
export const FREE_FAILURES = {
  /** Somebody, from one network: this is where guessing is slowed down. */
  pair: 4,
  /** One network, whomever it tries. */
  network: 20,
  /** One account from everywhere it never signed in from: an attacker cannot lock its owner out. */
  account: 20,
}

export type WaitKind = keyof typeof FREE_FAILURES
