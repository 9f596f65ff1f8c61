import type { Locale } from '../values/locale.js'
import { voiceFor } from './locales/catalogue.js'
import type { Voice } from './locales/voice.js'
import type { Block, Letter, MailFacts } from './templates/letter.js'
import { LETTERS } from './templates/letters.js'

/** `locale` is the language it is really written in, which may not be the one that was wished for. */
export type RenderedMail = { locale: Locale; subject: string; text: string; html: string }

/** Writes the mail in the nearest language there is, as text and as HTML with the same facts. */
export function render(facts: MailFacts, locale: string | null): RenderedMail {
  const voice = voiceFor(locale)
  return write(LETTERS[facts.purpose](facts, voice.say), voice)
}

/** Makes both bodies of a letter from the same blocks. */
export const write = (letter: Letter, voice: Voice): RenderedMail => ({
  locale: voice.locale,
  subject: letter.subject,
  text: asText(letter),
  html: asHtml(letter, voice),
})

const asText = (letter: Letter) => `${letter.blocks.map(textOf).join('\n\n')}\n`

function textOf(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return block.text
    case 'greeting':
      return `${block.before}${block.name}${block.after}`
    case 'link':
      return `${block.label}\n${block.url}`
    case 'quoted':
      return `${block.label}\n${block.text}`
    case 'reference':
      return `${block.label} ${block.mail}`
  }
}

/** Language and direction are said twice: webmail drops the `html` element and keeps the `div`. */
const asHtml = (letter: Letter, { locale, direction }: Voice) => `<!doctype html>
<html lang="${locale}" dir="${direction}">
<head>
<meta charset="utf-8">
<title>${escapeHtml(letter.subject)}</title>
</head>
<body style="margin:24px;font:16px/1.5 sans-serif;color:#1a1a1a">
<div lang="${locale}" dir="${direction}">
${letter.blocks.map(htmlOf).join('\n')}
</div>
</body>
</html>
`

/** Links are read from the left everywhere; names, phrases and codes as their own letters are. */
function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`
    case 'greeting':
      return `<p>${escapeHtml(block.before)}<bdi>${escapeHtml(block.name)}</bdi>${escapeHtml(block.after)}</p>`
    case 'link': {
      const url = escapeHtml(block.url)
      return `<p>${escapeHtml(block.label)}</p>\n<p dir="ltr"><a href="${url}">${url}</a></p>`
    }
    case 'quoted':
      return `<p>${escapeHtml(block.label)}</p>\n<p dir="auto"><strong>${escapeHtml(block.text)}</strong></p>`
    case 'reference':
      return `<p>${escapeHtml(block.label)} <code dir="ltr">${escapeHtml(block.mail)}</code></p>`
  }
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found)
