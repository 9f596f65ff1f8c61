import { FALLBACK_LOCALE, type Locale, spokenLocale } from '../../values/locale.js'
import type { ChoiceProblem } from '../choice-problem.js'
import { AR } from './messages-ar.js'
import { EN } from './messages-en.js'
import { ES } from './messages-es.js'
import { JA } from './messages-ja.js'
import { KO } from './messages-ko.js'
import { RU } from './messages-ru.js'
import { ZH_CN } from './messages-zh-cn.js'

/** Everything the pages say in one language. A missing line does not compile. */
export type Messages = {
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

const MESSAGES: Record<Locale, Messages> = {
  en: EN,
  es: ES,
  ja: JA,
  ko: KO,
  ru: RU,
  'zh-CN': ZH_CN,
  ar: AR,
}

export const messagesFor = (locale: Locale): Messages => MESSAGES[locale]

/** The account's language when the pages speak it, else the browser's first such wish, else English. */
export function chooseLocale(accountLocale: string | null, acceptLanguage: string): Locale {
  const wishes = [accountLocale, ...browserWishes(acceptLanguage)]
  return wishes.map(spokenLocale).find((locale) => locale !== undefined) ?? FALLBACK_LOCALE
}

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
