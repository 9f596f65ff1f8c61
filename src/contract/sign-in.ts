import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Time } from './shapes.js'

/** For platforms that keep their passwords with Cordon. */
export const signInAccount = endpoint({
  listener: 'public',
  method: 'post',
  path: '/v1/sign-in',
  summary: 'Check a password and a second factor; every call is itself an attempt',
  allow: 'sign_in',
  // Longer than any address or password; what is longer is refused before it costs a hash.
  body: z.object({
    address: z.string().max(1_024),
    password: z.string().max(1_024),
    totp: z.string().max(64).optional(),
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    userAgent: z.string().max(2_048).optional(),
  }),
  answers: {
    200: z.strictObject({
      result: z.enum([
        'ok',
        'invalid',
        'reset_required',
        'second_factor_required',
        'locked',
        'throttled',
      ]),
      accountId: z.string().optional(),
      session: z.string().optional(),
      sessionExpiresAt: Time.optional(),
    }),
  },
})
