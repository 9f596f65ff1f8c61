import { useState } from 'react'

/**
 * The same rows, each where it was first seen: what is renewed every two seconds must not move what
 * somebody is about to press, or take the focus from it. New ones are added at the end.
 */
export function useStableOrder<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const [order, setOrder] = useState<readonly string[]>([])
  const unseen = rows.map(keyOf).filter((key) => !order.includes(key))
  if (unseen.length > 0) setOrder([...order, ...unseen])
  const placeOf = new Map([...order, ...unseen].map((key, place) => [key, place]))
  return rows.toSorted(
    (left, right) => (placeOf.get(keyOf(left)) ?? 0) - (placeOf.get(keyOf(right)) ?? 0),
  )
}
