import { closing, opening, paragraph, type Template } from './letter.js'

/** Value is held and the password still works: what happened, and that people are looking. */
export const holdLetter: Template = (facts, say) => ({
  subject: say('hold.subject', { site: facts.site }),
  blocks: [
    ...opening(facts, say),
    paragraph(say('hold.why', { site: facts.site })),
    paragraph(say('hold.what')),
    paragraph(say('notice.advice')),
    paragraph(say('not_you')),
    ...closing(facts, say),
  ],
})
