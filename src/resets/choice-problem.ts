import type { PasswordProblem } from '../platform/credentials/password-policy.js'

/** Why a choice was not accepted: the message of each error of a `password_refused`. */
export type ChoiceProblem = PasswordProblem | 'unchanged' | 'mismatch' | 'code_missing'
