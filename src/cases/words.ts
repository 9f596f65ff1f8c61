/** What the reasons mean that no policy gives; a policy says its own. */
export const REASON_SAYS: ReadonlyMap<string, string> = new Map([
  ['reset_since_exposure', 'was reset after the exposure already'],
  ['address_only_equivalent', 'has an address that is only an alias of an exposed one'],
  ['mail_rejected', 'the mail to its owner was refused'],
  ['mail_unknown', 'the mail to its owner may not have arrived'],
])
