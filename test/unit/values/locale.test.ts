import { directionOf, LOCALES, type Locale, spokenLocale } from '../../../src/values/locale.js'

test.each<[string, Locale]>([
  ['en', 'en'],
  ['en-GB', 'en'],
  ['es-MX', 'es'],
  ['es_419', 'es'],
  ['JA_jp', 'ja'],
  ['ko-KR', 'ko'],
  ['ru-KZ', 'ru'],
  ['zh', 'zh-CN'],
  ['zh-CN', 'zh-CN'],
  ['zh_SG', 'zh-CN'],
  ['zh-Hans', 'zh-CN'],
  ['zh-Hans-HK', 'zh-CN'],
  ['cmn-Hans', 'zh-CN'],
  ['ar-EG', 'ar'],
  ['ar-AE-u-nu-latn', 'ar'],
])('%s is met by %s', (wish, locale) => expect(spokenLocale(wish)).toBe(locale))

test.each([
  ['traditional characters, of a region', 'zh-TW'],
  ['traditional characters, of another', 'zh-HK'],
  ['traditional characters, by name', 'zh-Hant'],
  ['Cantonese', 'yue'],
  ['Portuguese, which is not Spanish', 'pt'],
  ['Portuguese of Brazil', 'pt-BR'],
  ['Ukrainian, which is not Russian', 'uk'],
  ['Persian, which is not Arabic', 'fa'],
  ['French', 'fr'],
  ['a wish that is no tag', 'constructor'],
  ['a wish for anything', '*'],
  ['a line break', 'en\r\nBcc: x'],
  ['nothing', ''],
  ['no wish', null],
])('%s is met by nobody', (_what, wish) => expect(spokenLocale(wish)).toBeUndefined())

test('only Arabic is written from the right', () => {
  expect(LOCALES.filter((locale) => directionOf(locale) === 'rtl')).toEqual(['ar'])
})
