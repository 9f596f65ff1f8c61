import type { z } from 'zod'
import { Refusal } from '../errors.js'

/** A cursor is opaque to callers: where a page ended, as text. */
export const writeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** Reads back what `writeCursor` wrote in this shape. Refuses with `input_invalid` anything else. */
export function readCursor<S extends z.ZodType>(
  shape: S,
  cursor: string | undefined,
): z.output<S> | undefined {
  if (cursor === undefined) return undefined
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    throw new Refusal(
      'input_invalid',
      'This cursor was not given out here. Start again without one.',
      { cause, errors: [{ path: 'query.cursor', message: 'unknown' }] },
    )
  }
}

/** Cuts a page of `take` out of `take + 1` rows: whether there is more is known without counting. */
export function cutPage<T, V>(
  rows: readonly T[],
  take: number,
  view: { item: (row: T) => V; place: (row: T) => readonly (string | number)[] },
): { items: V[]; next: string | null } {
  const page = rows.slice(0, take)
  const last = page.at(-1)
  const next = rows.length > take && last !== undefined ? writeCursor(view.place(last)) : null
  return { items: page.map(view.item), next }
}
