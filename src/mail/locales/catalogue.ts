import { IntlMessageFormat } from 'intl-messageformat'
import { en, type MessageKey, type Messages } from './en.js'
import { ja } from './ja.js'

export const CATALOGUE = { en, ja } as const satisfies Record<string, Messages>
export type Locale = keyof typeof CATALOGUE

const FALLBACK: Locale = 'en'

/** The nearest language there is a catalogue for: `ja-JP` → `ja` → English. */
export function resolveLocale(tag: string | null): Locale {
  const parts = (tag ?? '').toLowerCase().split(/[-_]/)
  for (let length = parts.length; length > 0; length -= 1) {
    const candidate = parts.slice(0, length).join('-')
    if (Object.hasOwn(CATALOGUE, candidate)) return candidate as Locale
  }
  return FALLBACK
}

export type Say = (key: MessageKey, values?: Record<string, string | number>) => string

/** The sentences of one language. What has been said with the same values is not made again. */
export function speak(locale: Locale): Say {
  const formats = FORMATS[locale]
  return (key, values) => {
    if (values && 'name' in values) return String(formats[key].format(values)) // one per account
    const asked = `${locale} ${key} ${values ? Object.values(values).join('\n') : ''}`
    const said = SAID.get(asked) ?? String(formats[key].format(values))
    SAID.set(asked, said)
    return said
  }
}

/** As many as there are messages: the values are the sender's, and those are configuration. */
const SAID = new Map<string, string>()

const FORMATS = Object.fromEntries(
  Object.entries(CATALOGUE).map(([locale, messages]) => [
    locale,
    Object.fromEntries(
      Object.entries(messages).map(([key, message]) => [
        key,
        new IntlMessageFormat(message, locale, undefined, { ignoreTag: true }),
      ]),
    ),
  ]),
) as Record<Locale, Record<MessageKey, IntlMessageFormat>>
