import type { MailPurpose } from '../state.js'
import { confirmationLetter } from './confirmation.js'
import { holdLetter } from './hold.js'
import type { Template } from './letter.js'
import { noticeLetter } from './notice.js'
import { reminderLetter } from './reminder.js'
import { resetLetter } from './reset.js'

/** The letter of each purpose. A purpose without one does not compile. */
export const LETTERS: Readonly<Record<MailPurpose, Template>> = {
  reset: resetLetter,
  reminder: reminderLetter,
  hold: holdLetter,
  notice: noticeLetter,
  confirmation: confirmationLetter,
}
