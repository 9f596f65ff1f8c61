import { words } from './number.js'

const OUTCOMES: Record<string, { name: string; says: string }> = {
  reset_ordered: {
    name: 'Reset',
    says: 'value held, the old password and all sessions end, a mail asks for a new password',
  },
  held: { name: 'Held', says: 'value held, a mail says so; the password still works' },
  review_opened: { name: 'Review', says: 'a person decides; nothing else is touched' },
  notified: { name: 'Notice', says: 'a mail tells the owner; nothing else is touched' },
  already_protected: { name: 'Left alone', says: 'was reset after the exposure already' },
  superseded: { name: 'Superseded', says: 'facts changed after the plan; left alone' },
}
/** In the order of how much they change for the account. */
export const OUTCOME_ORDER = Object.keys(OUTCOMES)

export const outcomeName = (code: string) => OUTCOMES[code]?.name ?? words(code)
export const outcomeSays = (code: string) => OUTCOMES[code]?.says ?? ''

const EFFECTS: Record<string, string> = {
  hold: 'hold value',
  reset: 'reset the password',
  review: 'ask a person',
  notify: 'tell the owner',
}
export const effectsSay = (effects: readonly string[]) =>
  effects.length === 0 ? 'nothing' : effects.map((each) => EFFECTS[each] ?? words(each)).join(', ')
