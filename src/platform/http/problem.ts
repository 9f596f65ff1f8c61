import { type ErrorCode, PROBLEMS, type Problem } from '../../contract/problem.js'
import type { Refusal } from '../errors.js'

/** The answer to a refusal. `instance` is the id of the request. */
export function problemOf(refusal: Refusal, instance: string): Problem {
  const { errors } = refusal.options
  return {
    type: `urn:cordon:problem:${refusal.code}`,
    ...PROBLEMS[refusal.code],
    detail: refusal.detail,
    instance,
    ...(errors ? { errors: [...errors] } : {}),
  }
}

/** The answer to a bug: says nothing but where to look it up. */
export const unknownProblem = (instance: string): Problem => ({
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  instance,
})

export const statusOf = (code: ErrorCode): number => PROBLEMS[code].status
