/** What the decoded text of a mail mentions. Independent of the templates that wrote it. */

const AT_SIGN = /[@\uff20\ufe6b]|%40/giu
const NOT_IN_MAILBOX = /[\s<>()[\]{},;:"'|/?&=]/u
const NOT_IN_SCHEME = /[^a-z0-9+.-]/i
const NOT_IN_LINK = /[\s<>"']/u
const BARE_HOST = /(?<![\p{L}\p{N}.@/-])www\.[^\s<>"']+/giu

/** Everything that reads as a mailbox, in lower case and without a sentence's punctuation. */
export function mailboxesIn(text: string): string[] {
  if (text.search(AT_SIGN) < 0) return []
  return around(text.replace(AT_SIGN, '@'), '@', NOT_IN_MAILBOX, NOT_IN_MAILBOX)
    .map((found) => found.toLowerCase().replace(/[.!…。]+$/u, ''))
    .filter((found) => /[^@]@[^@]/.test(found))
}

/** Everything that a mail program makes a link of: any scheme with `://`, and `www.`. */
export function linksIn(text: string): string[] {
  const links = around(text, '://', NOT_IN_SCHEME, NOT_IN_LINK)
  return /www\./i.test(text) ? [...links, ...(text.match(BARE_HOST) ?? [])] : links
}

/** Each occurrence of `mark` with what surrounds it, up to a character that ends it. */
function around(text: string, mark: string, endsLeft: RegExp, endsRight: RegExp): string[] {
  const found: string[] = []
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    let start = at
    while (start > 0 && !endsLeft.test(text.charAt(start - 1))) start -= 1
    let end = at + mark.length
    while (end < text.length && !endsRight.test(text.charAt(end))) end += 1
    found.push(text.slice(start, end))
  }
  return found
}

const TOKEN = /[A-Za-z0-9_-]{40,}/g

/** Whatever is long and random enough to be somebody's token. */
export const tokensIn = (text: string): string[] => text.match(TOKEN) ?? []

/** They say how to order what is around them, and could hide a mailbox by splitting it. */
const ISOLATES = /[\u2066-\u2069]/g

/** White space is not content: mail programs and encodings wrap it as they like. */
export const flatten = (text: string): string =>
  text.replace(ISOLATES, '').replace(/\s+/gu, ' ').trim()

const TAG = /<[^<>]*>/g
/** The only markup there is. Comments, images, forms, styles and scripts are not among it. */
const ALLOWED_TAG =
  /^<(?:!doctype html|html lang="[A-Za-z-]{2,11}" dir="(?:ltr|rtl)"|meta charset="utf-8"|body style="[a-z0-9#:;,./ -]*"|div lang="[A-Za-z-]{2,11}" dir="(?:ltr|rtl)"|p dir="(?:ltr|auto)"|code dir="ltr"|a href="[^"<>]*"|\/?(?:head|title|p|strong|bdi)|\/(?:html|body|div|a|code))>$/
const TARGET = /<a href="([^"<>]*)">/g
const QUOTED = /<strong>([^<>]*)<\/strong>/g
const NAME = /<bdi>([^<>]*)<\/bdi>/g
const REFERENCE = /<code dir="ltr">([^<>]*)<\/code>/g
/** Around a name inside a sentence: no word ends there. */
const INLINE_TAG = /<\/?bdi>/g
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

/** What each kind of markup holds: it is how the parts that differ from person to person are told. */
export type HtmlContent = {
  text: string
  targets: string[]
  quoted: string[]
  names: string[]
  references: string[]
}

/** The visible text of the HTML, and what its markup holds; null for any other markup. */
export function readHtml(html: string): HtmlContent | null {
  const tags = html.match(TAG) ?? []
  if (!tags.every((tag) => ALLOWED_TAG.test(tag))) return null
  const bare = html.replace(INLINE_TAG, '').replace(TAG, ' ')
  if (/[<>]/.test(bare)) return null
  return {
    text: flatten(unescapeHtml(bare)),
    targets: inside(html, TARGET),
    quoted: inside(html, QUOTED),
    names: inside(html, NAME),
    references: inside(html, REFERENCE),
  }
}

const inside = (html: string, markup: RegExp) =>
  [...html.matchAll(markup)].map(([, content]) => unescapeHtml(content ?? ''))

const unescapeHtml = (text: string) =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
