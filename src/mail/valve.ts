/** A stop switch of mail: `closed` means that no further message of its scope may be completed. */
export type ValveState = 'open' | 'closed'

/** What a valve stops: all mail, the mail of one sweep, or what goes to one mailbox provider. */
export type Scope = 'global' | `sweep:${string}` | `lane:${string}`
export const GLOBAL: Scope = 'global'

/** What of a mail a valve goes by. `lane` is null until the lane of its domain is known. */
export type Leaving = { sweepId: string; lane: string | null }

/**
 * Which scopes were closed when last read from the database, and when that was, on this process's
 * monotonic clock. A missing global valve counts as closed.
 */
export type ValveReading = { closed: ReadonlySet<string>; readAtMs: number }

/** A reading older than this is as good as none: whoever cannot be stopped must stop. */
export const STALE_AFTER_MS = 2_000

/**
 * Decides whether mail may go on: any at all, or this one. No reading, an old one, or a closed
 * scope of it: it may not.
 */
export function maySend(reading: ValveReading | undefined, nowMs: number, mail?: Leaving): boolean {
  if (reading === undefined || nowMs - reading.readAtMs > STALE_AFTER_MS) return false
  return ![GLOBAL, ...(mail ? scopesOf(mail) : [])].some((scope) => reading.closed.has(scope))
}

/** The scopes by which this mail alone can be stopped. */
const scopesOf = ({ sweepId, lane }: Leaving): Scope[] => [
  `sweep:${sweepId}`,
  ...(lane === null ? [] : [`lane:${lane}` as const]),
]

/** `sweep:swp_1` → what it is about; the global scope is about nothing in particular. */
export function subjectOf(scope: Scope): { kind: 'sweep' | 'lane'; id: string } | undefined {
  if (scope === 'global') return undefined
  const colon = scope.indexOf(':')
  return { kind: scope.slice(0, colon) as 'sweep' | 'lane', id: scope.slice(colon + 1) }
}
