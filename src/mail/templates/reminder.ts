import { closing, opening, paragraph, type Template, wayBack } from './letter.js'

/** A reset that its account has not done yet; its token takes the place of the earlier ones. */
export const reminderLetter: Template = (facts, say) => ({
  subject: say('reminder.subject', { site: facts.site }),
  blocks: [
    ...opening(facts, say),
    paragraph(say('reminder.why', { site: facts.site })),
    ...wayBack(facts, say),
    paragraph(say('reminder.newest')),
    paragraph(say('not_you')),
    ...closing(facts, say),
  ],
})
