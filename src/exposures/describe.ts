import type { RejectionReason } from './entry.js'

const WORDS: Record<RejectionReason, string> = {
  empty: 'There is no address.',
  too_long: 'The address is longer than 254 octets.',
  broken_encoding: 'The text is not valid in the encoding of the file (UTF-8 is expected).',
  control_character: 'The address contains a control character.',
  invisible_character: 'The address contains an invisible or direction-changing character.',
  whitespace: 'The address contains white space.',
  quoted_local: 'Quoted local parts are not accepted.',
  comment: 'The address contains parentheses.',
  domain_literal: 'The domain is an IP address in brackets instead of a name.',
  forbidden_character: 'The address contains one of , ; : < > [ ] " or a backslash.',
  no_at_sign: 'There is no @.',
  several_at_signs: 'There is more than one @.',
  local_empty: 'Nothing stands before the @.',
  local_too_long: 'The part before the @ is longer than 64 octets.',
  local_dots: 'The part before the @ begins or ends with a dot, or has two in a row.',
  local_character: 'The part before the @ contains a character that is not allowed there.',
  encoded_word: 'The part before the @ is an encoded word, which is not decoded.',
  domain_empty: 'Nothing stands after the @.',
  domain_too_long: 'The domain is longer than 253 octets.',
  domain_label: 'A part of the domain is empty, too long, or begins or ends with a hyphen.',
  domain_character: 'The domain contains a character that no host name may have.',
  domain_not_idna: 'The domain is not a valid internationalised name.',
  domain_single_label: 'The domain has no dot.',
  domain_numeric: 'The domain ends in a number.',
  line_too_long: 'The line is longer than 1 MiB and was not read.',
  quote_unclosed: 'A quotation mark opens a cell and none closes it.',
  column_missing: 'The row is too short to have the column of addresses.',
  json_malformed: 'This is not valid JSON.',
  field_missing: 'No field of this value holds an address.',
  header_malformed: 'The recipient is not written as a mailbox.',
  hash_malformed: 'This is not a SHA-256 hash of 64 hexadecimal digits.',
}

/** One sentence for people; the reason code stays the stable name. */
export function describeRejection(reason: RejectionReason): string {
  return WORDS[reason]
}
