import { MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { createClient, type Request } from '../client/client.js'
import type { Endpoint } from '../contract/endpoint.js'
import { readMail } from '../contract/mail.js'
import { readSession } from '../contract/session.js'
import { Refusal } from '../platform/errors.js'

const client = createClient({ url: window.location.origin })

/** What a call answers with when it is not refused, whatever the status. */
export type BodyOf<E extends Endpoint> = z.output<E['answers'][keyof E['answers']]>

/** Makes one call of the contract and gives its body. Rejects with the server's `Refusal`. */
export async function ask<E extends Endpoint>(
  call: E,
  request: Request<E> = {},
): Promise<BodyOf<E>> {
  return (await client.call(call, request)).body as BodyOf<E>
}

const lasting = createClient({
  url: window.location.origin,
  fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
})

/** The same for what must arrive also when the page is left meanwhile. */
export async function askLasting<E extends Endpoint>(
  call: E,
  request: Request<E> = {},
): Promise<BodyOf<E>> {
  return (await lasting.call(call, request)).body as BodyOf<E>
}

/** The same with the version that was read, for calls that want `If-Match`. */
export async function askVersion<E extends Endpoint>(
  call: E,
  request: Request<E> = {},
): Promise<{ body: BodyOf<E>; etag: string | null }> {
  const { body, etag } = await client.call(call, request)
  return { body: body as BodyOf<E>, etag }
}

export const isRefusal = (error: unknown, code: Refusal['code']): boolean =>
  error instanceof Refusal && error.code === code

const SESSION = ['session'] as const

/** Whoever is signed in; null when nobody is. */
export const session = {
  queryKey: SESSION,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    ask(readSession, { signal }).catch((error: unknown) => {
      if (isRefusal(error, 'unauthenticated')) return null
      throw error
    }),
  staleTime: 60_000,
}

const MAIL_MS = 5_000

/** How far mail is: the header, the screen of mail and that of a sweep look at the same answer. */
export const mail = queryOptions({
  queryKey: ['mail'],
  queryFn: ({ signal }) => ask(readMail, { signal }),
  refetchInterval: MAIL_MS,
})

const RETRIES = 3

/** A session that ended is noticed by whichever question or act meets it first. */
const noticeSignedOut = (error: unknown) => {
  if (isRefusal(error, 'unauthenticated')) queries.setQueryData(SESSION, null)
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: {
    queries: {
      retry: (failures, error) => isPassing(error) && failures < RETRIES,
      staleTime: 5_000,
      refetchOnReconnect: 'always', // nobody knows what was missed
    },
    // Without a network an act fails at once: kept for later, it would be done when nobody expects it.
    mutations: { networkMode: 'always' },
  },
})

/** Nobody answered, or not now: asking again may help. Every other refusal stays what it is. */
const isPassing = (error: unknown) =>
  isRefusal(error, 'service_unavailable') || isRefusal(error, 'throttled')
