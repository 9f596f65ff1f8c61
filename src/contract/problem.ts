import { z } from 'zod'

/** Every refusal Cordon can give, as HTTP. Codes are stable: callers may rely on them. */
export const PROBLEMS = {
  account_locked: { status: 409, title: 'The account is locked' },
  account_not_found: { status: 404, title: 'No such account' },
  approval_mismatch: { status: 409, title: 'The approval does not fit the plan' },
  body_too_large: { status: 413, title: 'The body is too large' },
  case_already_claimed: { status: 409, title: 'Another reviewer holds this case' },
  case_not_found: { status: 404, title: 'No such case' },
  catalogue_invalid: { status: 422, title: 'The catalogue is not valid' },
  checkpoint_key_wrong: { status: 500, title: 'The key of checkpoints is damaged' },
  configuration_invalid: { status: 500, title: 'The configuration is not usable' },
  cross_site: { status: 403, title: 'The request came from another site' },
  data_directory_in_use: { status: 503, title: 'The data directory is in use' },
  database_unreachable: { status: 503, title: 'The database does not answer' },
  encryption_key_wrong: { status: 500, title: 'A stored secret cannot be opened' },
  file_binary: { status: 422, title: 'The file is not text' },
  file_empty: { status: 422, title: 'The file is empty' },
  file_format_mismatch: { status: 422, title: 'The file is not in the format it claims' },
  file_not_found: { status: 404, title: 'No such file' },
  file_too_large: { status: 413, title: 'The file is too large' },
  file_truncated: { status: 422, title: 'The file is cut off' },
  file_without_addresses: { status: 422, title: 'The file holds no addresses' },
  forbidden: { status: 403, title: 'Not allowed' },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another request',
  },
  illegal_transition: { status: 409, title: 'Not allowed in the current state' },
  incident_not_found: { status: 404, title: 'No such incident' },
  input_invalid: { status: 400, title: 'The request is not valid' },
  lease_lost: { status: 409, title: 'The claim on this case has ended' },
  list_changed: { status: 409, title: 'The list has changed' },
  list_not_found: { status: 404, title: 'No such list' },
  mail_transport_refused: { status: 502, title: 'The mail server refused' },
  media_type_unsupported: { status: 415, title: 'The body has an unsupported form' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  not_found: { status: 404, title: 'Nothing is here' },
  password_refused: { status: 422, title: 'The password was not accepted' },
  plan_already_executed: { status: 409, title: 'The plan was already executed' },
  plan_digest_wrong: { status: 409, title: 'The digest is not that of the plan' },
  policy_invalid: { status: 422, title: 'The policy is not valid' },
  port_taken: { status: 503, title: 'The port is taken' },
  precondition_failed: { status: 412, title: 'Somebody changed it meanwhile' },
  precondition_required: { status: 428, title: 'Say which version you read' },
  second_factor_wrong: { status: 422, title: 'The second factor was not accepted' },
  service_unavailable: { status: 503, title: 'Not available right now' },
  sign_in_failed: { status: 401, title: 'Address, password or code is not right' },
  staff_not_found: { status: 404, title: 'No such member of staff' },
  step_up_required: { status: 403, title: 'Show your second factor again' },
  sweep_not_found: { status: 404, title: 'No such sweep' },
  throttled: { status: 429, title: 'Too many requests' },
  token_invalid: { status: 410, title: 'The link does not work any more' },
  unauthenticated: { status: 401, title: 'Who are you?' },
  url_refused: { status: 422, title: 'The URL is not one Cordon may call' },
  webhook_expired: { status: 401, title: 'The timestamp is too far from now' },
  webhook_id_reused: { status: 409, title: 'The id was used for another message' },
  webhook_unsigned: { status: 401, title: 'No live secret made this signature' },
} as const satisfies Record<string, { status: number; title: string }>
export type ErrorCode = keyof typeof PROBLEMS

/**
 * RFC 9457. `type` is `urn:cordon:problem:<code>` (or `about:blank` for a bug), `title` is fixed per
 * type, `detail` is for the caller, `instance` is the id of the request.
 */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
