import type { Say } from '../locales/catalogue.js'
import { closing, type Letter, type MailFacts, opening, paragraph } from './letter.js'

/** The password was changed. */
export function confirmationLetter(facts: MailFacts, say: Say): Letter {
  const { site } = facts
  return {
    subject: say('confirmation.subject', { site }),
    blocks: [
      ...opening(facts, say),
      paragraph(say('confirmation.what', { site })),
      paragraph(say('confirmation.not_you')),
      ...closing(facts, say),
    ],
  }
}
