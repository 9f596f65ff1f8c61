import type { Locale } from '../../values/locale.js'
import { linksIn, mailboxesIn } from '../wire/content.js'
import type { CheckName, Finding } from './finding.js'

/** Letters of other scripts than the language's own: a stray source word, or a look-alike. */
const FOREIGN: Readonly<Record<Locale, RegExp>> = {
  en: /(?!\p{Script=Latin})\p{L}/u,
  es: /(?!\p{Script=Latin})\p{L}/u,
  ja: /(?![\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}])\p{L}/u,
  ko: /(?!\p{Script=Hangul})\p{L}/u,
  ru: /(?!\p{Script=Cyrillic})\p{L}/u,
  'zh-CN': /(?!\p{Script=Han})\p{L}/u,
  ar: /(?!\p{Script=Arabic})\p{L}/u,
}
/** Written in Latin letters everywhere. */
const LOAN_WORDS = /QR/g

const LINE_BREAK = /[\n\r\t\v\f\u0085\u2028\u2029]/
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\u200b\u2060\ufeff]/u
const MARKUP = /[<>]|&(?:#\d+|#x[\da-f]+|[a-z]\w*);/i
/** A host, or two sentences without the blank between them. */
const HOST = /[\p{Script=Latin}\d]\.\p{Script=Latin}/u

type Rule = { check: CheckName; says: string; isBroken(text: string, english: string): boolean }

const rulesOf = (locale: Locale): readonly Rule[] => [
  { check: 'empty', says: 'says nothing', isBroken: (text) => !/\p{L}/u.test(text) },
  { check: 'markup', says: 'holds markup', isBroken: (text) => MARKUP.test(text) },
  { check: 'links', says: 'holds a link or a mailbox', isBroken: holdsLink },
  { check: 'line_breaks', says: 'holds a line break', isBroken: (text) => LINE_BREAK.test(text) },
  {
    check: 'characters',
    says: 'holds a character that cannot be seen, or is not in NFC',
    isBroken: (text) =>
      UNPRINTABLE.test(text.replace(new RegExp(LINE_BREAK, 'g'), '')) || text !== text.normalize(),
  },
  {
    check: 'spacing',
    says: 'begins or ends with a blank, or doubles one',
    isBroken: (text) => text !== text.trim() || / {2}/.test(text),
  },
  {
    check: 'untranslated',
    says: 'is the English sentence',
    isBroken: (text, english) => locale !== 'en' && text === english,
  },
  {
    check: 'script',
    says: 'holds letters of another script',
    isBroken: (text, english) =>
      text !== english && FOREIGN[locale].test(text.replace(LOAN_WORDS, '')),
  },
]

const holdsLink = (text: string) =>
  linksIn(text).length > 0 || mailboxesIn(text).length > 0 || text.includes('@') || HOST.test(text)

/**
 * What is wrong with plain sentences of one language, compared with the English ones: by key. Knows
 * nothing of arguments; see `checkMessages` for those.
 */
export function checkSentences(
  locale: Locale,
  sentences: Readonly<Record<string, string>>,
  english: Readonly<Record<string, string>>,
): Finding[] {
  const rules = rulesOf(locale)
  return Object.entries(sentences).flatMap(([where, text]) =>
    rules
      .filter(({ isBroken }) => isBroken(text, english[where] ?? ''))
      .map(({ check, says }) => ({ check, locale, where, says })),
  )
}

/** Keys that a language lacks, and keys that only it has. */
export function checkKeys(
  locale: Locale,
  keys: readonly string[],
  english: readonly string[],
): Finding[] {
  const find = (where: string, says: string): Finding => ({ check: 'keys', locale, where, says })
  return [
    ...english.filter((key) => !keys.includes(key)).map((key) => find(key, 'is missing')),
    ...keys.filter((key) => !english.includes(key)).map((key) => find(key, 'is not in English')),
  ]
}
