import { laneName } from '../../components/number.js'
import { partsOf } from '../../components/who.js'

/** What a valve stops, as the end of a sentence. */
export function scopeWords(scope: string): string {
  const { kind, id } = partsOf(scope)
  if (kind === 'sweep') return `the mail of sweep ${id}`
  if (kind === 'lane') return `mail to ${laneName(id)}`
  return 'all mail'
}
