import { isFull } from './windows.js'

/** What is hostile, or merely unusual, about some attempts. `says` is one sentence with its numbers. */
export type Signal = {
  kind: SignalKind
  /** The account it concerns; `null` when it concerns a source or the whole platform. */
  accountNo: bigint | null
  /** The source: one address, or a network such as `198.51.100.0/24`; `null` when there is no single one. */
  ip: string | null
  asn: bigint | null
  firstAt: Date
  lastAt: Date
  attempts: number
  says: string
}

/** These make the attempts they describe hostile, and so count as evidence. */
export const HOSTILE_KINDS = [
  'brute_force',
  'many_sources',
  'automation',
  'credential_stuffing',
  'password_spraying',
  'flood',
  'distributed_spraying',
  'success_after_attack',
  'success_from_attacker',
] as const

/** These are shown to people beside an account. None of them holds, resets or asks by itself. */
export const CONTEXT_KINDS = [
  'impossible_travel',
  'new_country',
  'new_network',
  'new_device',
  'listed_network',
] as const

export type SignalKind = (typeof HOSTILE_KINDS)[number] | (typeof CONTEXT_KINDS)[number]

/** `1 source`, `12 sources`: for the sentence of a signal. */
export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`

/** The same of counted failures: of a full window nobody counted the rest, `1000 times and more`. */
export const countFailures = (failures: number, noun: string): string =>
  `${count(failures, noun)}${isFull({ failures }) ? ' and more' : ''}`
