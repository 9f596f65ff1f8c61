import type { ChoiceProblem } from '../choice-problem.js'
import { EN } from './messages-en.js'
import { JA } from './messages-ja.js'

/** Everything the pages say in one language. A missing line does not compile. */
export type Messages = {
  dir: 'ltr' | 'rtl'
  choose: {
    title: string
    intro: string
    rules: (least: number, most: number) => readonly string[]
    account: string
    password: string
    passwordAgain: string
    code: string
    codeHint: string
    submit: string
    retry: string
  }
  problems: Record<ChoiceProblem | 'code_wrong', (least: number, most: number) => string>
  typeCode: { title: string; intro: string; label: string; submit: string }
  done: {
    title: string
    signIn: string
    held: (until: string) => string
    heldForReview: string
    mailed: string
  }
  enrol: {
    title: string
    why: string
    steps: readonly string[]
    qr: string
    byHand: string
    code: string
    submit: string
    later: string
  }
  enrolled: { title: string; intro: string; keep: string; once: string }
  invalid: { title: string; why: string; what: string }
  busy: { title: string; what: string }
  unreadable: { title: string; what: string }
  footer: string
}

export const LOCALES = ['en', 'ja'] as const
export type PageLocale = (typeof LOCALES)[number]

const MESSAGES: Record<PageLocale, Messages> = { en: EN, ja: JA }

export const messagesFor = (locale: PageLocale): Messages => MESSAGES[locale]

/** The account's language when the pages speak it, else the browser's first such wish, else English. */
export function chooseLocale(accountLocale: string | null, acceptLanguage: string): PageLocale {
  const wishes = [accountLocale ?? '', ...browserWishes(acceptLanguage)]
  return wishes.map(spoken).find((locale) => locale !== undefined) ?? 'en'
}

const spoken = (wish: string) =>
  LOCALES.find((locale) => wish.toLowerCase().split(/[-_]/)[0] === locale)

/** RFC 9110 §12.5.4: by weight, then by place; a weight of zero is a refusal. */
function browserWishes(header: string): string[] {
  return header
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [language = '', ...parameters] = part.split(';').map((piece) => piece.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return { language, weight: weight ? Number(weight.slice(2)) : 1 }
    })
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map(({ language }) => language)
}
