import { Refusal } from '../errors.js'

/** The ETag of a version (RFC 9110 §8.8.3): what `If-Match` repeats. */
export const etag = (version: number): Record<string, string> => ({ ETag: `"${version}"` })

/**
 * The version that `If-Match` names. Refuses with `precondition_required` when there is none: what
 * people edit they must have read (RFC 6585 §3).
 */
export function versionRead(ifMatch: string | undefined): number {
  const version = /^"(\d{1,9})"$/.exec(ifMatch ?? '')?.[1]
  if (version !== undefined) return Number(version)
  throw new Refusal(
    'precondition_required',
    'Send If-Match with the ETag of what you read, so that nobody’s change is lost.',
  )
}
