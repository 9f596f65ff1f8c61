import { z } from 'zod'
import { type Route, route } from '../platform/http/route.js'
import { type SignInDeps, signIn } from './sign-in/service.js'

/** Longer than any address or password; what is longer is refused before it costs a hash. */
const SignInBody = z.object({
  address: z.string().max(1_024),
  password: z.string().max(1_024),
  totp: z.string().max(64).optional(),
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  userAgent: z.string().max(2_048).optional(),
})

const SignInAnswer = z.strictObject({
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
  sessionExpiresAt: z.iso.datetime().optional(),
})

/** Logins that Cordon itself checks, for platforms that keep their passwords with it. */
export const signInRoutes: readonly Route<SignInDeps>[] = [
  route({
    method: 'post',
    path: '/v1/sign-in',
    summary: 'Check a password and a second factor; every call is itself an attempt',
    allow: 'sign_in',
    params: z.object({}),
    body: SignInBody,
    answer: { status: 200, schema: SignInAnswer },
    run: ({ body, ip }, deps: SignInDeps) =>
      signIn(deps, {
        address: body.address,
        password: body.password,
        totp: body.totp,
        ip: body.ip ?? ip,
        userAgent: tidyText(body.userAgent),
      }),
  }),
]

/** Postgres holds no NUL, and a browser's name needs no control characters. */
const tidyText = (text: string | undefined) => text?.replace(/\p{Cc}/gu, ' ') ?? null
