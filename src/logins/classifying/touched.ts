/** A stretch of event time, both ends included. */
export type Span = { from: Date; until: Date }

/** What arrived since the last look: each key with the stretch of event time it was touched in. */
export type Touched = {
  accounts: Map<bigint, Span>
  networks: Map<string, Span>
  systems: Map<bigint, Span>
  /** All of it together: the stretch in which the platform was touched. */
  platform: Span | undefined
}

/** What a look covers: the keys that were touched, or (for all of history) a whole stretch of time. */
export type Scope = { kind: 'touched'; touched: Touched } | { kind: 'span'; span: Span }

export const nothingTouched = (): Touched => ({
  accounts: new Map(),
  networks: new Map(),
  systems: new Map(),
  platform: undefined,
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

/** The whole stretch of time that a scope covers; `undefined` when nothing was touched. */
export function extent(scope: Scope): Span | undefined {
  if (scope.kind === 'span') return scope.span
  const { accounts, networks, systems, platform } = scope.touched
  let whole = platform
  for (const keyed of [accounts, networks, systems]) {
    for (const span of keyed.values()) whole = join(whole, span)
  }
  return whole
}
