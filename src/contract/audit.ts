import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Id, Line, PageQuery, Time } from './shapes.js'

const Count = z.int().nonnegative()

/** Who did what to what. Details hold ids, counts and codes, never addresses or secrets. */
const EventView = z.strictObject({
  id: z.string(),
  at: Time,
  actor: z.string(),
  kind: z.string(),
  subject: z.string(),
  detail: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  ),
})

export const listAudit = endpoint({
  method: 'get',
  path: '/v1/audit',
  summary:
    'What was done, the newest first. A page may hold fewer than `take` and still have a `next`: a filter looks only so far at once',
  allow: 'audit.read',
  query: PageQuery.extend({
    kind: z
      .string()
      .regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/)
      .optional(),
    subject: Id.optional(),
    actor: Id.optional(),
  }),
  answers: { 200: z.strictObject({ items: z.array(EventView), next: z.string().nullable() }) },
})

export const verifyAudit = endpoint({
  method: 'get',
  path: '/v1/audit/verification',
  summary:
    'Recompute the chain, for a few seconds: `partial` says how far and goes on from `next`. `waiting` events are not linked yet',
  allow: 'audit.read',
  query: z.strictObject({ cursor: Line(512).optional() }),
  answers: {
    200: z.strictObject({
      result: z.enum(['verified', 'partial', 'broken']),
      verified: Count,
      head: z.string(),
      waiting: Count.nullable(),
      fault: z
        .strictObject({
          index: Count,
          problem: z.enum(['gap', 'altered', 'misplaced', 'inserted']),
          events: Count.optional(),
        })
        .nullable(),
      next: z.string().nullable(),
    }),
  },
})

export const exportAudit = endpoint({
  method: 'get',
  path: '/v1/audit/export',
  summary: 'Every linked event with its link, as NDJSON: what `cordon audit verify` reads offline',
  allow: 'audit.export',
  gives: ['application/x-ndjson'],
  answers: { 200: z.undefined() },
})
