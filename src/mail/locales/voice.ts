import { IntlMessageFormat } from 'intl-messageformat'
import { directionOf, type Locale } from '../../values/locale.js'
import type { MessageKey, Messages } from './en.js'

export type Values = Readonly<Record<string, string | number>>
export type Say = (key: MessageKey, values?: Values) => string

/** One language speaking: its tag, which way it is written, and its sentences. */
export type Voice = { locale: Locale; direction: 'ltr' | 'rtl'; say: Say }

/** Stands for a person's name while a greeting is written, so that no greeting is kept with a name. */
export const SOMEBODY = '\ue000'

/**
 * The sentences of a catalogue. A message is parsed at its first use, and what has been said with the
 * same values is not made again: the values are configuration, and `SOMEBODY` for a name, so there are
 * no more of them than messages. Throws what the parser throws on broken ICU syntax.
 */
export function voiceOf(locale: Locale, messages: Messages): Voice {
  const direction = directionOf(locale)
  const formats = new Map<MessageKey, IntlMessageFormat>()
  const said = new Map<string, string>()
  const formatOf = (key: MessageKey) => {
    const known = formats.get(key)
    if (known) return known
    const format = new IntlMessageFormat(messages[key], locale, undefined, { ignoreTag: true })
    formats.set(key, format)
    return format
  }
  const write = (key: MessageKey, values?: Values) =>
    String(formatOf(key).format(direction === 'rtl' ? isolated(values) : values))
  const say: Say = (key, values) => {
    const asked = values ? `${key}\n${Object.values(values).join('\n')}` : key
    const known = said.get(asked)
    if (known !== undefined) return known
    const sentence = write(key, values)
    if (said.size >= SENTENCES_AT_MOST) said.clear()
    said.set(asked, sentence)
    return sentence
  }
  return { locale, direction, say }
}

/** Far more than one configuration makes. */
const SENTENCES_AT_MOST = 2_000

/**
 * Inserted words keep their own direction, so that a Latin name does not move the punctuation of an
 * Arabic sentence (UAX #9 §6.3: FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE).
 */
function isolated(values: Values | undefined): Values | undefined {
  if (values === undefined) return undefined
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? `\u2068${value}\u2069` : value,
    ]),
  )
}
