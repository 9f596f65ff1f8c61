/** Markup that is safe to place in a page. Only the `html` tag makes it. */
export type Html = { readonly markup: string }

type Piece = Html | string | number | undefined | readonly Html[]

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeText = (text: string) => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')

/** Builds markup; every value that is not markup itself is escaped, `undefined` is left out. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const markup = parts.map((part, index) => part + written(pieces[index])).join('')
  return { markup }
}

function written(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'string' || typeof piece === 'number') return escapeText(String(piece))
  return 'markup' in piece ? piece.markup : piece.map((one) => one.markup).join('')
}
