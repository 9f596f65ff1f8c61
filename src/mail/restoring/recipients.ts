/** What addresses may consist of; some of it also stands around them in logs. */
const ADDRESS = /[^\s<>,;:"()\\@]+@[^\s<>,;:"()\\@]+/gu
const AROUND = /^['[{]+|['\]}.]+$/gu

/**
 * The addresses in a line of a mail server's log, or of any other text, in small letters. Where it is
 * not clear what still belongs to one, every reading counts: one too few would be mailed twice.
 */
export const recipientsIn = (line: string): string[] => {
  const found = (line.toLowerCase().match(ADDRESS) ?? []).flatMap(readings)
  return [...new Set(found.flatMap((text) => [text, text.replace(AROUND, '')]))]
}

/** The text, and what stands behind each `=` before its @. */
function readings(text: string): string[] {
  const [local = '', domain = ''] = text.split('@')
  const parts = local.split('=')
  return parts.map((_, from) => `${parts.slice(from).join('=')}@${domain}`)
}
