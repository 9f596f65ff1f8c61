import type { Address, AddressRejection } from '../values/address.js'

export const LIST_FORMATS = [
  'text',
  'csv',
  'tsv',
  'json',
  'ndjson',
  'eml',
  'mbox',
  'sha256',
] as const

export type ListFormat = (typeof LIST_FORMATS)[number]

/** Why something on a list is not an entry that can be matched. Words: `describeRejection`. */
export type RejectionReason =
  | AddressRejection
  | 'line_too_long'
  | 'quote_unclosed'
  | 'column_missing'
  | 'json_malformed'
  | 'field_missing'
  | 'header_malformed'
  | 'hash_malformed'

type Place = {
  /** From 1; of a recipient in a message, the line its addr-spec starts on. */
  line: number
  /** `no` of the batch it was exposed in. */
  batch: number
}

export type AddressEntry = Place & { kind: 'address'; address: Address }
/** `sha256`: 64 lower-case hex digits, the SHA-256 of the address in its comparable form. */
export type HashEntry = Place & { kind: 'hash'; sha256: string }
/** `raw`: what stood there, at most 200 characters. */
export type RejectedEntry = Place & { kind: 'rejected'; raw: string; reason: RejectionReason }
export type Entry = AddressEntry | HashEntry | RejectedEntry

/**
 * Who was exposed together. One leaked message is one batch: `at` is its Date header, `label` its
 * Message-ID. A list that is not mail is one batch without either.
 */
export type Batch = { no: number; at?: Date; label?: string }

/** `batches`: those first seen in this page, before any entry that names them. */
export type ReadPage = { batches: Batch[]; entries: Entry[] }

export const RAW_LENGTH = 200

/** `raw` is cut and copied, so that a rejection never keeps the megabyte around it in memory. */
export function rejection(place: Place, raw: string, reason: RejectionReason): RejectedEntry {
  const cut = raw.slice(0, RAW_LENGTH)
  return { kind: 'rejected', line: place.line, batch: place.batch, raw: ` ${cut}`.slice(1), reason }
}
