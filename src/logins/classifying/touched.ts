/** A stretch of event time, both ends included. */
export type Span = { from: Date; until: Date }

/** What arrived since the last look: each key with the stretch of event time it was touched in. */
export type Touched = {
  accounts: Map<bigint, Span>
  addresses: Map<string, Span>
  networks: Map<string, Span>
  systems: Map<bigint, Span>
  /** The platform as a whole, by quarters of an hour (their beginning, in milliseconds). */
  platform: Map<number, Span>
}

/** What a look covers: the keys that were touched, or (for all of history) a whole stretch of time. */
export type Scope = { kind: 'touched'; touched: Touched } | { kind: 'span'; span: Span }

export const nothingTouched = (): Touched => ({
  accounts: new Map(),
  addresses: new Map(),
  networks: new Map(),
  systems: new Map(),
  platform: new Map(),
})

/** Adds a key's stretch of time to what is known of it. */
export function touch<Key>(touched: Map<Key, Span>, key: Key, span: Span): void {
  touched.set(key, join(touched.get(key), span))
}

/** The shortest stretch that holds both. */
export const join = (known: Span | undefined, { from, until }: Span): Span => ({
  from: known && known.from < from ? known.from : from,
  until: known && known.until > until ? known.until : until,
})

const DAY_MS = 86_400_000

/**
 * The whole stretch of time that a scope covers; `undefined` when nothing was touched. What is usual
 * on the platform counts the day before, so with a late arrival the day after it may look otherwise.
 */
export function extent(scope: Scope): Span | undefined {
  if (scope.kind === 'span') return scope.span
  const { accounts, addresses, networks, systems, platform } = scope.touched
  let whole: Span | undefined
  for (const keyed of [accounts, addresses, networks, systems]) {
    for (const span of keyed.values()) whole = join(whole, span)
  }
  for (const { from, until } of platform.values()) {
    whole = join(whole, { from, until: new Date(until.getTime() + DAY_MS) })
  }
  return whole
}
