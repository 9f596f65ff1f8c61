const SPACES = /\s+/gu
/** Controls, halves of characters, and what reorders or hides the text around it. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Bidi_Control}\u200b\u2060\ufeff]/gu
/**
 * What a mail program would turn into a link, or the gate would take for an address or a token:
 * names are chosen by people, attackers among them.
 */
const LINKABLE = /[@\uff20\ufe6b]|%40|:\/\/|\bwww\.|[\p{L}\p{N}][.。．｡]\p{L}{2,}|[\w-]{30,}/iu
const NAME_CHARACTERS = 60
const PHRASE_CHARACTERS = 200

/** A name fit for a greeting on one line, or null: then the greeting goes without. */
export function tidyName(name: string | null): string | null {
  const tidy = onOneLine(name ?? '')
  return tidy === '' || tidy.length > NAME_CHARACTERS || LINKABLE.test(tidy) ? null : tidy
}

/** The phrase on one line, as it is printed and as the gate expects it; null when there is none. */
export function tidyPhrase(phrase: string | null): string | null {
  const tidy = [...onOneLine(phrase ?? '')].slice(0, PHRASE_CHARACTERS).join('').trim()
  return tidy === '' ? null : tidy
}

const onOneLine = (text: string) =>
  text.replace(SPACES, ' ').replace(UNPRINTABLE, '').replace(SPACES, ' ').trim()
