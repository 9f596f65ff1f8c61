import { sha256Hex } from '../platform/hash.js'
import type { Locale } from '../values/locale.js'
import { compose } from './compose.js'
import { parseRecipient, type Recipient } from './recipient.js'
import { render } from './render.js'
import { resetLink, type Sender } from './sender.js'
import type { SigningKey } from './signing/keys.js'
import { signMessage } from './signing/sign.js'
import { type MailPurpose, opensReset } from './state.js'
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
  /** Only for a reset and its reminder. */
  token: string | null
}

export type Written =
  | {
      kind: 'ready'
      recipient: Recipient
      bytes: Uint8Array
      wireSha256: string
      /** The language it is written in, which may not be the one the account wants. */
      locale: Locale
    }
  /** This one mail cannot be sent. */
  | { kind: 'unsendable'; because: string }
  /** The bytes are not what they must be: then none of them can be trusted. */
  | { kind: 'stopped'; problem: GateProblem }

/** What a mail says, to whom, and what its bytes must show: all of it from its row and its account. */
export type Planned = { recipient: Recipient; facts: MailFacts; expected: Expected }

/**
 * Writes the mail, signs it with `keys` where the sender has any, and lets nothing through that the
 * gate on the final bytes does not pass. The same mail and date give the same bytes.
 */
export async function prepare(
  mail: Unwritten,
  sender: Sender,
  date: Date,
  keys: readonly SigningKey[] = [],
): Promise<Written> {
  const planned = plan(mail, sender)
  if ('because' in planned) return { kind: 'unsendable', because: planned.because }
  const { recipient, facts, expected } = planned
  const rendered = render(facts, mail.locale)
  const composed = compose({ ...rendered, mailId: mail.id, from: sender.from, recipient, date })
  const bytes = keys.length > 0 ? await signMessage(composed, keys, date) : composed
  const inspection = await inspect(bytes, expected)
  if (!inspection.ok) return { kind: 'stopped', problem: inspection.problem }
  return { kind: 'ready', recipient, bytes, wireSha256: sha256Hex(bytes), locale: rendered.locale }
}

/** Everything about the mail before a word of it is written, or why it can go to nobody. */
export function plan(mail: Unwritten, sender: Sender): Planned | { because: string } {
  const parsed = parseRecipient(mail.recipient)
  if ('rejected' in parsed) return { because: `address: ${parsed.rejected}` }
  const expected = expectedOf(mail, parsed.recipient, sender)
  return { recipient: parsed.recipient, facts: factsOf(mail, expected), expected }
}

function expectedOf(mail: Unwritten, recipient: Recipient, sender: Sender): Expected {
  const token = opensReset(mail.purpose) ? mail.token : null
  const link = token !== null && mail.wantsLinks ? resetLink(sender.publicUrl, token) : null
  const name = tidyName(mail.name)
  return { mailId: mail.id, recipient, sender, name, phrase: tidyPhrase(mail.phrase), token, link }
}

function factsOf({ id, purpose }: Unwritten, expected: Expected): MailFacts {
  const { sender, name, phrase, token, link } = expected
  return {
    mail: id,
    purpose,
    site: sender.siteName,
    support: sender.support,
    name,
    phrase,
    reset: token === null ? null : { link, token, hours: sender.linkHours },
  }
}
