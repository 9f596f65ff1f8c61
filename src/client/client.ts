import type { z } from 'zod'
import type { Answers, Endpoint } from '../contract/endpoint.js'
import { type ErrorCode, PROBLEMS, Problem } from '../contract/problem.js'
import { Refusal } from '../platform/errors.js'

/** Where Cordon is, and who asks: a machine's key, or the session that a browser's cookie is. */
export type Connection = {
  url: string
  key?: string
  /** Its own `fetch` where cookies must be carried by hand. */
  fetch?: typeof globalThis.fetch
}

/** What a call takes besides who asks; parts that a call does not declare cannot be given. */
export type Request<E extends Endpoint> = {
  params?: z.input<E['params']>
  query?: z.input<E['query']>
  body?: z.input<E['body']>
  /** Makes a POST that creates something safe to repeat. */
  idempotencyKey?: string
  /** The ETag of what was read. */
  ifMatch?: string
  signal?: AbortSignal
}

export type Given<A extends Answers> = {
  [S in keyof A]: { status: S; body: z.output<A[S]>; etag: string | null }
}[keyof A]

export type Client = {
  /**
   * Makes one call of the contract. Rejects with the `Refusal` that the server gave, with
   * `service_unavailable` when nobody answers, and with an `Error` for what no contract allows.
   */
  call<E extends Endpoint>(call: E, request?: Request<E>): Promise<Given<E['answers']>>
}

/** A client of Cordon's API, typed by the contract that the server runs on. */
export function createClient(connection: Connection): Client {
  const { fetch = globalThis.fetch } = connection
  return {
    async call(call, request = {}) {
      const answer = await fetch(urlOf(connection.url, call, request), {
        method: call.method.toUpperCase(),
        headers: headersOf(connection, request),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(request.signal ? { signal: request.signal } : {}),
      }).catch((cause: unknown) => {
        throw new Refusal('service_unavailable', `Nobody answers at ${connection.url}.`, { cause })
      })
      const schema = call.answers[answer.status]
      if (!schema) throw await refusalOf(answer)
      const text = await answer.text()
      const body = schema.parse(text === '' ? undefined : JSON.parse(text))
      return { status: answer.status, body, etag: answer.headers.get('etag') } as never
    },
  }
}

function urlOf<E extends Endpoint>(origin: string, { path }: E, request: Request<E>): string {
  const params = (request.params ?? {}) as Record<string, string>
  const filled = path.replace(/:(\w+)/g, (_found, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const url = new URL(filled, origin)
  for (const [name, value] of Object.entries((request.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return url.href
}

const headersOf = ({ key }: Connection, request: Request<Endpoint>): Record<string, string> => ({
  Accept: 'application/json',
  ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
  ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
  ...(request.idempotencyKey === undefined ? {} : { 'Idempotency-Key': request.idempotencyKey }),
  ...(request.ifMatch === undefined ? {} : { 'If-Match': request.ifMatch }),
})

/** The server's refusal as ours; what is no problem document of ours is no refusal. */
async function refusalOf(answer: Response): Promise<Error> {
  const parsed = Problem.safeParse(await answer.json().catch(() => undefined))
  const code = parsed.data?.type.replace(/^urn:cordon:problem:/, '') ?? ''
  if (!parsed.success || !Object.hasOwn(PROBLEMS, code)) {
    return new Error(`The answer ${answer.status} is not one of Cordon's.`)
  }
  const { detail = parsed.data.title, errors } = parsed.data
  const retryAfter = Number(answer.headers.get('retry-after'))
  return new Refusal(code as ErrorCode, detail, {
    ...(errors ? { errors } : {}),
    ...(retryAfter > 0 ? { retryAfter } : {}),
  })
}
