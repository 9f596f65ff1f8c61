import { closing, opening, paragraph, type Template } from './letter.js'

/** The password was changed; whoever did not do it hears how to say so. */
export const confirmationLetter: Template = (facts, say) => ({
  subject: say('confirmation.subject', { site: facts.site }),
  blocks: [
    ...opening(facts, say),
    paragraph(say('confirmation.what', { site: facts.site })),
    paragraph(say('confirmation.hold')),
    paragraph(say('confirmation.not_you')),
    ...closing(facts, say),
  ],
})
