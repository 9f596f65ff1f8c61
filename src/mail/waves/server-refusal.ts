import { Refusal } from '../../platform/errors.js'

/**
 * Whether the mail server refuses us for good: a wrong password, a sender it does not know. Waiting
 * does not help then, and going on with another configuration is not what was approved. A server
 * that is down or busy is not meant.
 */
export const refusesForGood = (error: unknown): error is Refusal =>
  error instanceof Refusal &&
  error.code === 'mail_transport_refused' &&
  /: answer 5\d\d\b/.test(error.detail)
