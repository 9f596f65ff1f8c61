/**
 * Splits one record of a delimited file (RFC 4180) into its cells; `undefined` when a quoted cell
 * is still open at its end. A quote inside an unquoted cell is an ordinary character.
 */
export function splitRecord(record: string, delimiter: string): string[] | undefined {
  if (!record.includes('"')) return record.split(delimiter)
  const cells: string[] = []
  for (let at = 0; at <= record.length; ) {
    const start = skipSpaces(record, at)
    const isQuoted = record[start] === '"'
    const cell = isQuoted ? quotedCell(record, start) : undefined
    if (isQuoted && cell === undefined) return undefined
    const from = cell?.end ?? at
    const found = record.indexOf(delimiter, from)
    const end = found < 0 ? record.length : found
    cells.push((cell?.text ?? '') + record.slice(from, end))
    at = end + 1
  }
  return cells
}

/** The cell of an unquoted record, found without splitting the rest; `undefined` if it has fewer. */
export function cellAt(record: string, delimiter: string, column: number): string | undefined {
  let from = 0
  for (let skipped = 0; skipped < column; skipped++) {
    from = record.indexOf(delimiter, from) + 1
    if (from === 0) return undefined
  }
  const end = record.indexOf(delimiter, from)
  return record.slice(from, end < 0 ? record.length : end)
}

function skipSpaces(record: string, from: number): number {
  let at = from
  while (record[at] === ' ') at++
  return at
}

function quotedCell(record: string, open: number): { text: string; end: number } | undefined {
  let text = ''
  for (let from = open + 1; ; ) {
    const quote = record.indexOf('"', from)
    if (quote < 0) return undefined
    text += record.slice(from, quote)
    if (record[quote + 1] !== '"') return { text, end: quote + 1 }
    text += '"'
    from = quote + 2
  }
}
