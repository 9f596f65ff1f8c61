/** What the gate looks for; each finding names the check that made it. */
export const CHECKS = [
  'keys',
  'syntax',
  'arguments',
  'plurals',
  'empty',
  'untranslated',
  'markup',
  'links',
  'line_breaks',
  'characters',
  'spacing',
  'script',
  'subject',
  'renders',
  'facts',
  'same_facts',
  'escaping',
  'direction',
  'encoded_words',
  'wire',
  'hard_coded',
] as const
export type CheckName = (typeof CHECKS)[number]

/** One thing that is wrong: by which check, in which language, at which key or mail, and what. */
export type Finding = { check: CheckName; locale: string; where: string; says: string }
