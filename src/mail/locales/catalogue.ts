import { FALLBACK_LOCALE, type Locale, spokenLocale } from '../../values/locale.js'
import { ar } from './ar.js'
import { en, type Messages } from './en.js'
import { es } from './es.js'
import { ja } from './ja.js'
import { ko } from './ko.js'
import { ru } from './ru.js'
import { type Voice, voiceOf } from './voice.js'
import { zhCn } from './zh-cn.js'

/** What mails say, in every language there is. */
export const CATALOGUE = { en, es, ja, ko, ru, 'zh-CN': zhCn, ar } as const satisfies Record<
  Locale,
  Messages
>

/** The language a mail is written in for an account that wants `tag`: see `spokenLocale`; else English. */
export function resolveLocale(tag: string | null): Locale {
  if (tag !== null && Object.hasOwn(CATALOGUE, tag)) return tag as Locale
  return spokenLocale(tag) ?? FALLBACK_LOCALE
}

/** The voice that writes for an account that wants `tag`. One per language, made at the first use. */
export function voiceFor(tag: string | null): Voice {
  const locale = resolveLocale(tag)
  const known = VOICES.get(locale)
  if (known) return known
  const voice = voiceOf(locale, CATALOGUE[locale])
  VOICES.set(locale, voice)
  return voice
}

const VOICES = new Map<Locale, Voice>()
