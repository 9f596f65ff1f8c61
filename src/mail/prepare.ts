import { sha256Hex } from '../platform/hash.js'
import { compose } from './compose.js'
import { parseRecipient, type Recipient } from './recipient.js'
import { render } from './render.js'
import { resetLink, type Sender } from './sender.js'
import { isForReset, type MailPurpose } from './state.js'
import type { MailFacts } from './templates/letter.js'
import { tidyName, tidyPhrase } from './tidy.js'
import { type Expected, type GateProblem, inspect } from './wire-gate.js'

/** A mail and what its account wants to see in it, as claimed. */
export type Unwritten = {
  id: string
  purpose: MailPurpose
  recipient: string
  locale: string | null
  name: string | null
  phrase: string | null
  wantsLinks: boolean
  /** Only for a reset and its reminders. */
  token: string | null
}

export type Written =
  | { kind: 'ready'; recipient: Recipient; bytes: Uint8Array; wireSha256: string }
  /** This one mail cannot be sent. */
  | { kind: 'unsendable'; because: string }
  /** The bytes are not what they must be: then none of them can be trusted. */
  | { kind: 'stopped'; problem: GateProblem }

/** Writes the mail and lets nothing through that the gate on the final bytes does not pass. */
export async function prepare(mail: Unwritten, sender: Sender, date: Date): Promise<Written> {
  const parsed = parseRecipient(mail.recipient)
  if ('rejected' in parsed) return { kind: 'unsendable', because: `address: ${parsed.rejected}` }
  const { recipient } = parsed
  const expected = expectedOf(mail, recipient, sender)
  const rendered = render(factsOf(mail, expected), mail.locale)
  const bytes = compose({
    ...rendered,
    mailId: mail.id,
    from: sender.from,
    recipient,
    date,
  })
  const inspection = await inspect(bytes, expected)
  if (!inspection.ok) return { kind: 'stopped', problem: inspection.problem }
  return { kind: 'ready', recipient, bytes, wireSha256: sha256Hex(bytes) }
}

function expectedOf(mail: Unwritten, recipient: Recipient, sender: Sender): Expected {
  const token = isForReset(mail.purpose) ? mail.token : null
  const link = token !== null && mail.wantsLinks ? resetLink(sender.publicUrl, token) : null
  return { mailId: mail.id, recipient, sender, phrase: tidyPhrase(mail.phrase), token, link }
}

function factsOf(mail: Unwritten, { sender, phrase, token, link }: Expected): MailFacts {
  return {
    purpose: mail.purpose,
    site: sender.siteName,
    support: sender.support,
    name: tidyName(mail.name),
    phrase,
    reset: token === null ? null : { link, token, hours: sender.linkHours },
  }
}
