import { Refusal } from '../../../platform/errors.js'

/** What the server says about one field of a body; undefined when it says nothing. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof Refusal)) return undefined
  return error.options.errors?.find(({ path }) => path === `body.${field}`)?.message
}
