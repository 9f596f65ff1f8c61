import { closing, opening, paragraph, type Template, wayBack } from './letter.js'

/** The password was switched off: why, and the way back. */
export const resetLetter: Template = (facts, say) => ({
  subject: say('reset.subject', { site: facts.site }),
  blocks: [
    ...opening(facts, say),
    paragraph(say('reset.why', { site: facts.site })),
    ...wayBack(facts, say),
    paragraph(say('reset.unasked')),
    paragraph(say('not_you')),
    ...closing(facts, say),
  ],
})
