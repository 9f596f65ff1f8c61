import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { AnyTime, IdPath, Line, Time } from './shapes.js'

export const EVENT_FORMATS = ['webhook', 'ssf_push', 'ssf_poll'] as const
const Format = z.enum(EVENT_FORMATS)
const DeliveryStatus = z.enum(['pending', 'accepted', 'dead'])
/** The only time the secret is seen. */
const Secret = z.strictObject({ id: z.string(), secret: z.string() })

const EndpointView = z.strictObject({
  id: z.string(),
  format: Format,
  url: z.string().nullable(),
  audience: z.string().nullable(),
  types: z.array(z.string()),
  liveSecrets: z.int(),
  pending: z.int(),
  dead: z.int(),
  createdAt: Time,
  disabledAt: Time.nullable(),
  disabledBecause: z.string().nullable(),
})

export const listEndpoints = endpoint({
  method: 'get',
  path: '/v1/event-endpoints',
  summary: 'Which systems are told what happens, and what waits for them',
  allow: 'event.read',
  answers: { 200: z.strictObject({ items: z.array(EndpointView) }) },
})

export const addEndpoint = endpoint({
  method: 'post',
  path: '/v1/event-endpoints',
  summary: 'Tell another system, by webhook or by security event tokens; the secret is shown once',
  allow: 'event.manage',
  body: z.strictObject({
    format: Format,
    url: Line(2_048).optional(),
    types: z.array(Line(64)).max(50).optional(),
    audience: Line(256).optional(),
  }),
  answers: { 201: Secret },
  creates: true,
  refuses: ['url_refused'],
})

export const disableEndpoint = endpoint({
  method: 'delete',
  path: '/v1/event-endpoints/:id',
  summary: 'Tell it no more, at once; what waits becomes dead letters',
  allow: 'event.manage',
  params: IdPath,
  answers: { 204: z.undefined() },
})

export const rotateSecret = endpoint({
  method: 'post',
  path: '/v1/event-endpoints/:id/secret',
  summary: 'A new secret; the one before stays live for a while',
  allow: 'event.manage',
  params: IdPath,
  body: z.strictObject({ overlapHours: z.number().min(0).max(168).default(24) }),
  answers: { 201: Secret },
  creates: true,
})

const Selection = {
  endpoint: Line(64).optional(),
  status: DeliveryStatus.optional(),
  from: AnyTime.optional(),
  to: AnyTime.optional(),
}

export const listDeliveries = endpoint({
  method: 'get',
  path: '/v1/event-deliveries',
  summary: 'The newest deliveries and what became of them',
  allow: 'event.read',
  query: z.strictObject({
    ...Selection,
    take: z.coerce.number().int().min(1).max(500).default(50),
  }),
  answers: {
    200: z.strictObject({
      items: z.array(
        z.strictObject({
          id: z.string(),
          endpoint: z.string(),
          type: z.string(),
          status: DeliveryStatus,
          attempts: z.int(),
          answer: z.int().nullable(),
          reason: z.string().nullable(),
          createdAt: Time,
          dueAt: Time.nullable(),
          settledAt: Time.nullable(),
        }),
      ),
    }),
  },
})

export const replayDeliveries = endpoint({
  method: 'post',
  path: '/v1/event-deliveries/replay',
  summary: 'Send again, under the ids they had: dead letters, or any by id',
  allow: 'event.manage',
  body: z.strictObject({ ids: z.array(z.uuid()).max(1_000).optional(), ...Selection }),
  answers: { 200: z.strictObject({ replayed: z.int() }) },
})
