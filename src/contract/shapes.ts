import { z } from 'zod'

/** One line: no control characters, which neither Postgres (NUL) nor a log should meet. */
export const Line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'holds control characters')

/** Ids are opaque. */
export const Id = Line(256).min(1)
export const IdPath = z.strictObject({ id: Id })

/** RFC 3339, UTC. */
export const Time = z.iso.datetime()
/** Asked for with any offset. */
export const AnyTime = z.iso.datetime({ offset: true })

/** Text that people read: no control characters but line breaks and tabs. */
export const Text = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[\P{Cc}\n\r\t]*$/u, 'holds control characters')

export const PageQuery = z.strictObject({
  cursor: Line(512).optional(),
  take: z.coerce.number().int().min(1).max(500).default(100),
})

/** One page: `next` is the cursor of the following one, `null` at the end. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() })
