import type { Seen } from './queries.js'

type Standing = Seen['standing']

/** What the platform is told about logging in, as a sentence. */
export function loginWords({ passwordUsable, resetRequired }: Standing): string {
  if (resetRequired)
    return passwordUsable
      ? 'May log in; a new password was asked for'
      : 'May not log in until a new password is set'
  return passwordUsable ? 'May log in' : 'May not log in'
}

/** What the platform is told about withdrawing; the end of a hold is shown beside it. */
export function valueWords({ valueHeld, heldUntil }: Standing): string {
  if (!valueHeld) return 'May withdraw'
  return heldUntil === null ? 'Value is held until somebody decides' : 'Value is held for a while'
}
