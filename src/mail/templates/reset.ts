import type { Say } from '../locales/catalogue.js'
import { type Block, closing, type Letter, type MailFacts, opening, paragraph } from './letter.js'

export function resetLetter(facts: MailFacts, say: Say): Letter {
  const { site } = facts
  return {
    subject: say('reset.subject', { site }),
    blocks: [
      ...opening(facts, say),
      paragraph(say('reset.why', { site })),
      ...wayBack(facts, say),
      ...closing(facts, say),
    ],
  }
}

/** With a link, or, where the account asked for none, with a code to enter on the site. */
function wayBack({ reset }: MailFacts, say: Say): Block[] {
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
