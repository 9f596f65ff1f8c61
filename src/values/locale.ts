/** The languages in which Cordon speaks to account holders, as BCP 47 tags. */
export const LOCALES = ['en', 'es', 'ja', 'ko', 'ru', 'zh-CN', 'ar'] as const
export type Locale = (typeof LOCALES)[number]

/** What is spoken when a wish cannot be met. */
export const FALLBACK_LOCALE: Locale = 'en'

/**
 * Which wish is met by which locale. A neighbouring language or another script of the same one is
 * not a substitute: a security mail in Spanish to a Portuguese reader, or in simplified characters to
 * one of traditional Chinese, reads like the forgeries it warns of. They get English.
 */
const MET_BY: Readonly<Record<string, Locale>> = {
  en: 'en',
  es: 'es',
  ja: 'ja',
  ko: 'ko',
  ru: 'ru',
  'zh-Hans': 'zh-CN',
  ar: 'ar',
}

/**
 * The locale that meets a wish such as `es-MX`, `zh_SG` or `zh-Hans-HK`, or undefined where none
 * does. The script is the likely one of the whole tag (CLDR): `zh` and `zh-MY` are written with
 * simplified characters, `zh-TW` and `zh-Hant` are not.
 */
export function spokenLocale(wish: string | null): Locale | undefined {
  if (wish === null || wish === '') return undefined
  const { language, script } = likelyParts(wish)
  for (const key of [language, `${language}-${script}`]) {
    if (Object.hasOwn(MET_BY, key)) return MET_BY[key]
  }
  return undefined
}

const NOBODY = { language: '', script: '' }

function likelyParts(wish: string): { language: string; script: string } {
  try {
    const { language, script } = new Intl.Locale(wish.replaceAll('_', '-')).maximize()
    return { language, script: script ?? '' }
  } catch (error) {
    if (error instanceof RangeError) return NOBODY // not a language tag
    throw error
  }
}

/** Which way a locale is written. */
export const directionOf = (locale: Locale): 'ltr' | 'rtl' => (locale === 'ar' ? 'rtl' : 'ltr')
