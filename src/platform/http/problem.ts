import type { ErrorCode, Refusal } from '../errors.js'

/** RFC 9457. `type` is stable and documented, `title` is fixed per type, `detail` is for the caller. */
export type Problem = {
  type: string
  title: string
  status: number
  detail?: string
  instance?: string
  errors?: readonly { path: string; message: string }[]
}

/** Every refusal as HTTP. A code without a line here does not compile. */
const PROBLEMS = {
  account_not_found: { status: 404, title: 'No such account' },
  account_locked: { status: 409, title: 'The account is locked' },
  approval_mismatch: { status: 409, title: 'The approval does not fit the plan' },
  body_too_large: { status: 413, title: 'The body is too large' },
  case_already_claimed: { status: 409, title: 'Another reviewer holds this case' },
  case_not_found: { status: 404, title: 'No such case' },
  catalogue_invalid: { status: 422, title: 'The catalogue is not valid' },
  configuration_invalid: { status: 500, title: 'The configuration is not usable' },
  data_directory_in_use: { status: 503, title: 'The data directory is in use' },
  database_unreachable: { status: 503, title: 'The database does not answer' },
  encryption_key_wrong: { status: 500, title: 'A stored secret cannot be opened' },
  file_binary: { status: 422, title: 'The file is not text' },
  file_empty: { status: 422, title: 'The file is empty' },
  file_format_mismatch: { status: 422, title: 'The file is not in the format it claims' },
  file_not_found: { status: 404, title: 'No such file' },
  file_truncated: { status: 422, title: 'The file is cut off' },
  file_without_addresses: { status: 422, title: 'The file holds no addresses' },
  file_too_large: { status: 413, title: 'The file is too large' },
  forbidden: { status: 403, title: 'Not allowed' },
  illegal_transition: { status: 409, title: 'Not allowed in the current state' },
  input_invalid: { status: 400, title: 'The request is not valid' },
  lease_lost: { status: 409, title: 'The claim on this case has ended' },
  list_changed: { status: 409, title: 'The list has changed' },
  mail_transport_refused: { status: 502, title: 'The mail server refused' },
  media_type_unsupported: { status: 415, title: 'The body has an unsupported form' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  not_found: { status: 404, title: 'Nothing is here' },
  password_refused: { status: 422, title: 'The password was not accepted' },
  plan_already_executed: { status: 409, title: 'The plan was already executed' },
  plan_digest_wrong: { status: 409, title: 'The digest is not that of the plan' },
  policy_invalid: { status: 422, title: 'The policy is not valid' },
  port_taken: { status: 503, title: 'The port is taken' },
  second_factor_wrong: { status: 422, title: 'The second factor was not accepted' },
  service_unavailable: { status: 503, title: 'Not available right now' },
  sweep_not_found: { status: 404, title: 'No such sweep' },
  throttled: { status: 429, title: 'Too many requests' },
  token_invalid: { status: 410, title: 'The link does not work any more' },
  unauthenticated: { status: 401, title: 'Who are you?' },
  url_refused: { status: 422, title: 'The URL is not one Cordon may call' },
  webhook_expired: { status: 401, title: 'The timestamp is too far from now' },
  webhook_id_reused: { status: 409, title: 'The id was used for another message' },
  webhook_unsigned: { status: 401, title: 'No live secret made this signature' },
} satisfies Record<ErrorCode, { status: number; title: string }>

/** The answer to a refusal. `instance` is the id of the request. */
export function problemOf(refusal: Refusal, instance: string): Problem {
  const { errors } = refusal.options
  return {
    type: `urn:cordon:problem:${refusal.code}`,
    ...PROBLEMS[refusal.code],
    detail: refusal.detail,
    instance,
    ...(errors ? { errors } : {}),
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
