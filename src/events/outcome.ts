import type { Answer } from '../platform/outbound.js'
import type { Format } from './endpoint.js'
import { retrySeconds, wishedSeconds } from './schedule.js'

/** What an attempt came to. `retry` says when; `dead` is for people; `gone` ends the endpoint too. */
export type Outcome = { answer: number | null; reason: string | null } & (
  | { kind: 'accepted' | 'dead' | 'gone' }
  | { kind: 'retry'; seconds: number }
)

/**
 * Only 2xx is success and a redirect is a failure (Standard Webhooks 1.0); 410 ends the endpoint.
 * `chance` (0 to 1) spreads retries.
 */
export function outcomeOf(
  heard: Answer,
  { format, attempts, chance }: { format: Format; attempts: number; chance: number },
): Outcome {
  if (heard.kind === 'failed') {
    const wait = retrySeconds(attempts, chance)
    return later({ answer: null, reason: heard.because }, wait)
  }
  const { status, retryAfter, body } = heard
  if (status >= 200 && status < 300) return { kind: 'accepted', answer: status, reason: null }
  const reason = format === 'ssf_push' && status === 400 ? errorCode(body) : null
  if (status === 410) return { kind: 'gone', answer: status, reason }
  return later(
    { answer: status, reason },
    retrySeconds(attempts, chance, wishedSeconds(retryAfter)),
  )
}

const later = (
  said: { answer: number | null; reason: string | null },
  seconds: number | undefined,
): Outcome =>
  seconds === undefined ? { kind: 'dead', ...said } : { kind: 'retry', seconds, ...said }

const CODE = /^[a-z0-9_]{1,64}$/i

/** The `err` of a refused token (RFC 8935 §2.3), when it is a code. */
function errorCode(body: string): string | null {
  try {
    return codeOf((JSON.parse(body) as { err?: unknown } | null)?.err)
  } catch {
    return null
  }
}

/** An error code as it may be stored; anything else is `unreadable`. */
export const codeOf = (said: unknown): string =>
  typeof said === 'string' && CODE.test(said) ? said : 'unreadable'
