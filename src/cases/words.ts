/** What the reasons mean that no policy gives; a policy says its own. */
export const REASON_SAYS: ReadonlyMap<string, string> = new Map([
  ['reset_since_exposure', 'was reset after the exposure already'],
  ['address_only_equivalent', 'has an address that is only an alias of an exposed one'],
  ['mail_rejected', 'the mail to its owner was refused'],
  ['mail_unknown', 'the mail to its owner may not have arrived'],
  ['mailbox_dead', 'nobody reads the mailbox of its owner any more: a mail came back'],
  ['mail_bounced', 'the mail to its owner came back undelivered'],
  ['mail_complained', 'its owner complained about the mail'],
  ['mail_answer_unreadable', 'a server answered the mail in a way that has to be read by people'],
])
