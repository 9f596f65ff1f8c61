import { IntlMessageFormat } from 'intl-messageformat'
import { en, type MessageKey, type Messages } from '../locales/en.js'
import { voiceOf } from '../locales/voice.js'
import { plan } from '../prepare.js'
import { FIXTURES, sampleMail } from '../preview/fixtures.js'
import type { Sender } from '../sender.js'
import { MAIL_PURPOSES } from '../state.js'
import type { Finding } from './finding.js'
import type { Press } from './mails.js'

/** Every Latin letter of the English messages, and of nothing else, becomes this one. */
const MASK = 'ж'

/**
 * English words that a mail says though no message holds them: with every message masked, any Latin
 * letter that is left and is not a value was written in a template.
 */
export function checkHardCoded(sender: Sender, press: Press): Finding[] {
  const { say } = voiceOf('en', masked())
  const voice = { locale: 'en', direction: 'ltr', say } as const
  return MAIL_PURPOSES.flatMap((purpose) =>
    FIXTURES.flatMap((fixture) => {
      const mail = sampleMail(purpose, 'en', fixture)
      const planned = plan(mail, { ...sender, ...fixture.sender, signing: [] })
      if ('because' in planned) return []
      const { facts } = planned
      const { subject, text, html } = press.write(press.letters[purpose](facts, say), voice)
      const values = [
        facts.mail,
        facts.reset?.link,
        facts.reset?.token,
        facts.site,
        facts.support,
        facts.name,
        facts.phrase,
      ]
      const visible = html.replace(/<[^>]*>/g, ' ').replace(/&(?:amp|lt|gt|quot|#39);/g, unescaped)
      const left = values.reduce(
        (rest: string, value) => (value ? rest.replaceAll(value, '') : rest),
        `${subject}\n${text}\n${visible}`,
      )
      const words = left.match(/[A-Za-z]+/g) ?? []
      if (words.length === 0) return []
      const where = `${purpose}, ${fixture.name}`
      const says = `prints words that no message holds: ${words.slice(0, 5).join(' ')}`
      return [{ check: 'hard_coded', locale: 'en', where, says }]
    }),
  )
}

const PLAIN: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}
const unescaped = (entity: string) => PLAIN[entity] ?? entity

const masked = (): Messages =>
  Object.fromEntries(
    Object.entries(en).map(([key, message]) => [key, maskLetters(message)]),
  ) as Record<MessageKey, string>

/** The letters outside of arguments; a plural is masked in each of its forms. */
function maskLetters(message: string): string {
  const written = (ast: ReturnType<IntlMessageFormat['getAst']>): string =>
    ast
      .map((node) => {
        if (node.type === 0) return node.value.replace(/[A-Za-z]/g, MASK)
        if (node.type === 7) return '#'
        if ('options' in node) {
          const forms = Object.entries(node.options)
          const inner = forms.map(([name, { value }]) => `${name} {${written(value)}}`).join(' ')
          return `{${node.value}, plural, ${inner}}`
        }
        return 'value' in node ? `{${String(node.value)}}` : ''
      })
      .join('')
  return written(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst())
}
