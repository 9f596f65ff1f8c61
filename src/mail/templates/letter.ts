import { type Say, SOMEBODY } from '../locales/voice.js'
import type { MailPurpose } from '../state.js'

/** Everything a mail says, as plain data. */
export type MailFacts = {
  /** The id of the mail, which it prints: a letter that was made for another mail shows it. */
  mail: string
  purpose: MailPurpose
  site: string
  support: string | null
  /** Fit to print, see `tidyName` and `tidyPhrase`. */
  name: string | null
  phrase: string | null
  /** Only for a reset and its reminder. `link` is null where the account asked for no links. */
  reset: { link: string | null; token: string; hours: number } | null
}

export type Block =
  | { kind: 'paragraph'; text: string }
  /** The only place where a name is printed. */
  | { kind: 'greeting'; before: string; name: string; after: string }
  | { kind: 'link'; label: string; url: string }
  /** Something to be recognised or copied exactly. */
  | { kind: 'quoted'; label: string; text: string }
  | { kind: 'reference'; label: string; mail: string }

/** A mail before it is written as text and as HTML: both are made from the same blocks. */
export type Letter = { subject: string; blocks: readonly Block[] }

export type Template = (facts: MailFacts, say: Say) => Letter

export const paragraph = (text: string): Block => ({ kind: 'paragraph', text })

/** What every letter begins with: who is meant, and the proof that it is from the platform. */
export function opening({ name, phrase, site }: MailFacts, say: Say): Block[] {
  const greeting = name ? greet(name, say) : paragraph(say('greeting.plain'))
  if (phrase === null) return [greeting]
  const proof: Block = { kind: 'quoted', label: say('phrase.label', { site }), text: phrase }
  return [greeting, proof, paragraph(say('real.phrase'))]
}

function greet(name: string, say: Say): Block {
  const [before = '', after = ''] = say('greeting.named', { name: SOMEBODY }).split(SOMEBODY)
  return { kind: 'greeting', before, name, after }
}

/** What every letter ends with: how to tell that it is real, what nobody will ask, where to ask. */
export function closing({ mail, phrase, support }: MailFacts, say: Say): Block[] {
  const help = support ? say('help.support', { support }) : say('help.site')
  return [
    ...(phrase === null ? [paragraph(say('real.plain'))] : []),
    paragraph(say('promise')),
    paragraph(help),
    { kind: 'reference', label: say('reference'), mail },
  ]
}

/**
 * How to set a new password: by a link, or, where the account asked for none, with a code to enter
 * on the site. One token opens either.
 */
export function wayBack({ reset }: MailFacts, say: Say): Block[] {
  if (reset === null) return []
  const { link, token, hours } = reset
  const until = paragraph(say('reset.until', { hours }))
  if (link !== null) return [{ kind: 'link', label: say('reset.link'), url: link }, until]
  return [
    paragraph(say('links.none')),
    { kind: 'quoted', label: say('reset.code'), text: token },
    until,
  ]
}
