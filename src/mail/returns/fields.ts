/** The fields of one block of a machine-readable report, by lower-case name; the first of a name counts. */
export type Fields = ReadonlyMap<string, string>

const FIELD = /^([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]*:[ \t]*(.*)$/
const MOST_BLOCKS = 50
const MOST_FIELDS = 60

/**
 * Reads the blocks of `message/delivery-status` or `message/feedback-report`: fields with folded
 * lines, blocks parted by blank lines (RFC 3464 §2.1, RFC 5965 §3). Tolerates a blank before the colon.
 */
export function readBlocks(text: string): Fields[] {
  return text
    .split(/(?:\r?\n[ \t]*){2,}/, MOST_BLOCKS)
    .map(readBlock)
    .filter((fields) => fields.size > 0)
}

function readBlock(block: string): Fields {
  const fields = new Map<string, string>()
  let last: string | undefined
  for (const line of block.split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) fields.set(last, `${fields.get(last)} ${line.trim()}`)
      continue
    }
    const [, name, value] = FIELD.exec(line) ?? []
    last = name?.toLowerCase()
    if (last === undefined || value === undefined) continue
    if (fields.has(last) || fields.size >= MOST_FIELDS) last = undefined
    else fields.set(last, value.trim())
  }
  return fields
}
