import { z } from 'zod'
import type { Act } from './acts.js'
import type { ErrorCode } from './problem.js'

export type Schema = z.ZodType
export type Answers = Readonly<Record<number, Schema>>

/** One call of the API, as server, client and documentation know it. */
export type Endpoint<
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  A extends Answers = Answers,
> = {
  listener: 'staff' | 'public'
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With `:name` for each parameter. */
  path: string
  summary: string
  /** What a caller must be allowed to do. There is no default. */
  allow: Act | 'anyone'
  /** Wants a second factor of the last five minutes, although its act is not grave. */
  fresh: boolean
  params: P
  query: Q
  body: B
  /** The schema of each status a caller may be given, refusals apart. */
  answers: A
  /** Refusals of this call alone; those that every call shares are added by `refusalsOf`. */
  refuses: readonly ErrorCode[]
  /** A POST that makes something: `Idempotency-Key` makes it once (I12). */
  creates: boolean
  /** The largest body, in bytes. */
  limit: number
  /** Bodies and answers that are not JSON. */
  takes: readonly string[]
  gives: readonly string[]
}

/** For calls without a body. `z.undefined()` has no JSON Schema. */
export const Nothing = z.strictObject({}).optional()
const NoParams = z.strictObject({})
const NoQuery = z.strictObject({})

type Spec<P extends Schema, Q extends Schema, B extends Schema, A extends Answers> = Pick<
  Endpoint<P, Q, B, A>,
  'method' | 'path' | 'summary' | 'allow' | 'answers'
> &
  Partial<Endpoint<P, Q, B, A>>

const SMALL_BODY_BYTES = 16 * 1024

/** Declares a call; what is left out is nothing, or the smaller choice. */
export const endpoint = <
  A extends Answers,
  P extends Schema = typeof NoParams,
  Q extends Schema = typeof NoQuery,
  B extends Schema = typeof Nothing,
>(
  spec: Spec<P, Q, B, A>,
): Endpoint<P, Q, B, A> => ({
  listener: 'staff',
  params: NoParams as Schema as P,
  query: NoQuery as Schema as Q,
  body: Nothing as Schema as B,
  refuses: [],
  creates: false,
  fresh: false,
  limit: SMALL_BODY_BYTES,
  takes: [],
  gives: [],
  ...spec,
})

/** Every refusal a call may answer with: its own, and those that follow from its declaration. */
export function refusalsOf(call: Endpoint): ErrorCode[] {
  const takesBody = call.method !== 'get' && call.method !== 'delete'
  return [
    ...call.refuses,
    'input_invalid',
    'not_found',
    'service_unavailable',
    'throttled',
    ...(takesBody ? (['body_too_large', 'media_type_unsupported'] as const) : []),
    ...(call.method === 'get' ? [] : (['cross_site'] as const)),
    ...(call.creates ? (['idempotency_key_reused'] as const) : []),
    ...(call.allow === 'anyone'
      ? []
      : (['unauthenticated', 'forbidden', 'step_up_required'] as const)),
  ]
}
