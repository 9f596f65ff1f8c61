import type { Say } from '../locales/catalogue.js'
import type { MailPurpose } from '../state.js'

/** Everything a mail says, as plain data. */
export type MailFacts = {
  purpose: MailPurpose
  site: string
  support: string | null
  /** Fit to print, see `tidyName` and `tidyPhrase`. */
  name: string | null
  phrase: string | null
  /** Only a reset and its reminders have one. `link` is null where the account asked for no links. */
  reset: { link: string | null; token: string; hours: number } | null
}

export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'link'; label: string; url: string }
  /** Something to be recognised or copied exactly. */
  | { kind: 'quoted'; label: string; text: string }

/** A mail before it is written as text and as HTML: both are made from the same blocks. */
export type Letter = { subject: string; blocks: readonly Block[] }

export const paragraph = (text: string): Block => ({ kind: 'paragraph', text })

/** What every letter begins with: who is meant, and the proof that it is from the platform. */
export function opening(facts: MailFacts, say: Say): Block[] {
  const { name, phrase, site } = facts
  const greeting = name ? say('greeting.named', { name }) : say('greeting.plain')
  if (phrase === null) return [paragraph(greeting)]
  return [
    paragraph(greeting),
    { kind: 'quoted', label: say('phrase.label', { site }), text: phrase },
  ]
}

export function closing(facts: MailFacts, say: Say): Block[] {
  const { support } = facts
  const help = support ? say('help.support', { support }) : say('help.site')
  return [paragraph(say('promise')), paragraph(help)]
}
