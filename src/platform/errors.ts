/** Every refusal Cordon can give, as a code that callers may rely on. Meanings live in `http/problem.ts`. */
export type ErrorCode =
  | 'account_locked'
  | 'account_not_found'
  | 'approval_mismatch'
  | 'body_too_large'
  | 'case_already_claimed'
  | 'case_not_found'
  | 'catalogue_invalid'
  | 'configuration_invalid'
  | 'data_directory_in_use'
  | 'database_unreachable'
  | 'encryption_key_wrong'
  | 'file_binary'
  | 'file_empty'
  | 'file_format_mismatch'
  | 'file_not_found'
  | 'file_too_large'
  | 'file_truncated'
  | 'file_without_addresses'
  | 'forbidden'
  | 'illegal_transition'
  | 'input_invalid'
  | 'lease_lost'
  | 'list_changed'
  | 'mail_transport_refused'
  | 'media_type_unsupported'
  | 'method_not_allowed'
  | 'not_found'
  | 'password_refused'
  | 'plan_already_executed'
  | 'plan_digest_wrong'
  | 'policy_invalid'
  | 'port_taken'
  | 'second_factor_wrong'
  | 'service_unavailable'
  | 'sweep_not_found'
  | 'throttled'
  | 'token_invalid'
  | 'unauthenticated'
  | 'url_refused'
  | 'webhook_expired'
  | 'webhook_id_reused'
  | 'webhook_unsigned'

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
    } = {},
  ) {
    super(detail, { cause: options.cause })
    this.name = 'Refusal'
  }
}
