import type { Say } from '../locales/catalogue.js'
import { closing, type Letter, type MailFacts, opening, paragraph } from './letter.js'

/** The account was listed; nothing was done to it. */
export function noticeLetter(facts: MailFacts, say: Say): Letter {
  const { site } = facts
  return {
    subject: say('notice.subject', { site }),
    blocks: [
      ...opening(facts, say),
      paragraph(say('notice.why', { site })),
      paragraph(say('notice.advice')),
      ...closing(facts, say),
    ],
  }
}
