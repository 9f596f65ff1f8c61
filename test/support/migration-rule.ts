/** What an older version that still runs cannot live with, by the words it is written in. */
const BREAKING: readonly [string, RegExp][] = [
  ['drops a table', /\bDROP\s+TABLE\b/i],
  ['drops a column', /\bDROP\s+COLUMN\b/i],
  ['drops a constraint', /\bDROP\s+CONSTRAINT\b/i],
  ['renames', /\bRENAME\s+(TO|COLUMN|CONSTRAINT)\b/i],
  ['changes a type', /\bALTER\s+COLUMN\s+"?\w+"?\s+(SET\s+DATA\s+)?TYPE\b/i],
  ['forbids NULL', /\bALTER\s+COLUMN\s+"?\w+"?\s+SET\s+NOT\s+NULL\b/i],
]

/** Says of each statement of a migration why it is not additive. */
export function notAdditive(sql: string): string[] {
  const text = sql.replace(/--[^\n]*/g, '').replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, '$body$') // a function's statements run later
  const found = BREAKING.flatMap(([says, words]) => (words.test(text) ? [says] : []))
  const columns = text.split(/;|,(?=\s*ADD\s+COLUMN)/i).filter((each) => /ADD\s+COLUMN/i.test(each))
  const isDemanding = (column: string) =>
    /NOT\s+NULL/i.test(column) && !/DEFAULT|GENERATED/i.test(column)
  return columns.some(isDemanding) ? [...found, 'adds a column that must be filled'] : found
}
