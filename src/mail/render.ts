import { type Locale, resolveLocale, speak } from './locales/catalogue.js'
import type { MailPurpose } from './state.js'
import { confirmationLetter } from './templates/confirmation.js'
import type { Block, Letter, MailFacts } from './templates/letter.js'
import { noticeLetter } from './templates/notice.js'
import { resetLetter } from './templates/reset.js'

export type RenderedMail = { subject: string; text: string; html: string }

const LETTERS = {
  reset: resetLetter,
  notice: noticeLetter,
  confirmation: confirmationLetter,
  reminder: resetLetter,
} as const satisfies Record<MailPurpose, unknown>

/** Writes the mail in the nearest language there is, as text and as HTML with the same facts. */
export function render(facts: MailFacts, locale: string | null): RenderedMail {
  const language = resolveLocale(locale)
  const letter = LETTERS[facts.purpose](facts, speak(language))
  return { subject: letter.subject, text: asText(letter), html: asHtml(letter, language) }
}

const asText = (letter: Letter) => `${letter.blocks.map(textOf).join('\n\n')}\n`

function textOf(block: Block): string {
  if (block.kind === 'paragraph') return block.text
  return `${block.label}\n${block.kind === 'link' ? block.url : block.text}`
}

function asHtml(letter: Letter, language: Locale): string {
  return `<!doctype html>
<html lang="${language}" dir="ltr">
<head>
<meta charset="utf-8">
<title>${escapeHtml(letter.subject)}</title>
</head>
<body style="margin:24px;font:16px/1.5 sans-serif;color:#1a1a1a">
${letter.blocks.map(htmlOf).join('\n')}
</body>
</html>
`
}

function htmlOf(block: Block): string {
  if (block.kind === 'paragraph') return `<p>${escapeHtml(block.text)}</p>`
  const label = `<p>${escapeHtml(block.label)}</p>`
  if (block.kind === 'quoted') return `${label}\n<p><strong>${escapeHtml(block.text)}</strong></p>`
  const url = escapeHtml(block.url)
  return `${label}\n<p><a href="${url}">${url}</a></p>`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found)
