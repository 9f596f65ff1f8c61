export type BoundedCache<K, V> = { get(key: K): V | undefined; set(key: K, value: V): void }

/** Remembers up to `limit` values; when full it forgets all, which is cheaper than keeping an order. */
export function boundedCache<K, V>(limit: number): BoundedCache<K, V> {
  const values = new Map<K, V>()
  return {
    get: (key) => values.get(key),
    set: (key, value) => {
      if (values.size >= limit) values.clear()
      values.set(key, value)
    },
  }
}
