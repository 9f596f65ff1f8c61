import { parseAddress } from '../values/address.js'

declare const brand: unique symbol

/**
 * The one mailbox a mail goes to. There is no type for two: nothing in this folder takes or
 * returns more than one. Only `parseRecipient` makes it, from the address stored for the account.
 */
export type Recipient = string & { readonly [brand]: 'Recipient' }

export type ParsedRecipient = { recipient: Recipient } | { rejected: string }

const ASCII = /^[!-~]+$/

/**
 * Accepts only what is already in the comparable form in which accounts keep their address.
 * Names beyond ASCII are rejected as `needs_smtputf8` (RFC 6531): such a mail goes to people.
 */
export function parseRecipient(stored: string): ParsedRecipient {
  const parsed = parseAddress(stored)
  if ('rejected' in parsed) return { rejected: parsed.rejected }
  if (parsed.address !== stored) return { rejected: 'not_in_stored_form' }
  if (!ASCII.test(stored)) return { rejected: 'needs_smtputf8' }
  return { recipient: stored as Recipient }
}
