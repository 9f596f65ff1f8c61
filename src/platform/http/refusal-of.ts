import { Refusal } from '../errors.js'
import { isPassing } from '../passing.js'

/** What Express and its body parsers throw (`http-errors`): a kind, and whether it may be shown. */
type BodyError = { type?: string; status?: number }

const BODY_REFUSALS: Record<string, () => Refusal> = {
  'entity.too.large': () => new Refusal('body_too_large', 'The body is larger than allowed here.'),
  'entity.parse.failed': () => new Refusal('input_invalid', 'The body is not valid JSON.'),
  'encoding.unsupported': () =>
    new Refusal('media_type_unsupported', 'Send the body without Content-Encoding.'),
  'charset.unsupported': () => new Refusal('media_type_unsupported', 'Send the body as UTF-8.'),
  'parameters.too.many': () => new Refusal('input_invalid', 'The form has too many fields.'),
  'request.aborted': () => new Refusal('input_invalid', 'The body ended too early.'),
  'request.size.invalid': () =>
    new Refusal('input_invalid', 'The body is not as long as Content-Length says.'),
}

/**
 * Translates, at the edge, what is not a bug: unreadable bodies, undecodable paths, a database that
 * is away. Everything else stays unknown.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof URIError) return new Refusal('not_found', 'Nothing is at this address.')
  if (isPassing(error)) {
    return new Refusal('service_unavailable', 'The database is away. Try again.', { cause: error })
  }
  const { type, status } = (error ?? {}) as BodyError
  if (type !== undefined && BODY_REFUSALS[type]) return BODY_REFUSALS[type]()
  return status !== undefined && status >= 400 && status < 500
    ? new Refusal('input_invalid', 'The request cannot be read.', { cause: error })
    : undefined
}
