import { closing, opening, paragraph, type Template } from './letter.js'

/** The account was listed; nothing was done to it. */
export const noticeLetter: Template = (facts, say) => ({
  subject: say('notice.subject', { site: facts.site }),
  blocks: [
    ...opening(facts, say),
    paragraph(say('notice.why', { site: facts.site })),
    paragraph(say('notice.advice')),
    paragraph(say('not_you')),
    ...closing(facts, say),
  ],
})
