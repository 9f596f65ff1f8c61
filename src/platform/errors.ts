import type { ErrorCode } from '../contract/problem.js'

export type { ErrorCode }

/**
 * An expected "no". Carries a stable code, a sentence for the person who asked (what, where, what
 * to do), and, for validation, the places that are wrong. Never holds an address, token or secret.
 */
export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly options: {
      errors?: readonly { path: string; message: string }[]
      cause?: unknown
      /** When asking again may help, in seconds. */
      retryAfter?: number
    } = {},
  ) {
    super(detail, { cause: options.cause })
    this.name = 'Refusal'
  }
}
