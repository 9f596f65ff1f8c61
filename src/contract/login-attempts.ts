import { z } from 'zod'
import { endpoint } from './endpoint.js'

const Attempt = z.object({
  id: z.string(),
  account: z.union([z.object({ id: z.string() }), z.object({ address: z.string() })]),
  at: z.iso.datetime({ offset: true }),
  ip: z.union([z.ipv4(), z.ipv6()]),
  outcome: z.enum(['success', 'failure']),
  reason: z.string().optional(),
  userAgent: z.string().optional(),
  device: z.string().optional(),
})

/** What a platform's login service posts. The handler reads the raw bytes: they are what is signed. */
export const postAttempts = endpoint({
  listener: 'public',
  method: 'post',
  path: '/v1/login-attempts',
  summary: 'Store login attempts durably (Standard Webhooks 1.0)',
  allow: 'anyone',
  limit: 1024 * 1024,
  body: z.union([
    z.object({ type: z.literal('login.attempt'), timestamp: z.iso.datetime(), data: Attempt }),
    z.object({
      type: z.literal('login.attempts'),
      timestamp: z.iso.datetime(),
      data: z.array(Attempt).max(1_000),
    }),
  ]),
  answers: {
    202: z.strictObject({
      accepted: z.int().nonnegative(),
      duplicates: z.int().nonnegative(),
      rejected: z.array(z.object({ index: z.int(), reason: z.string() })),
    }),
  },
  refuses: ['webhook_expired', 'webhook_id_reused', 'webhook_unsigned'],
})
