import type { Exposure } from './exposure.js'
import { MALFORMED } from './malformed.js'
import { type Random, shuffle } from './random.js'
import { spell, withComment } from './spelling.js'

const HEADER = 'No;Name;E-mail;Saldo;Bemerkung'
const REMARKS = [
  '',
  '',
  '',
  'VIP',
  'ruft zurück',
  '=HYPERLINK("http://bait.example";"Bonus")',
  '🔒',
]
/** Cells in the column of addresses that a spreadsheet would run, and others that are no address. */
const NAUGHTY = [
  "=cmd|' /C calc'!A0",
  '=1+1',
  '+49 151 2345678',
  '@SUM(A1:A9)',
  '-',
  '',
  '<script>alert(1)</script>',
  'rtl\u202egro.elpmaxe@example.org',
  'n/a',
]
/** Without the column of addresses. */
const SHORT_ROW = '998;nur ein Name'
/** Its quotation mark is never closed. It comes last, where it can swallow no other row. */
const OPEN_ROW = '999;"offen; bis zum Ende;offen@example.com'

const REPEATED_SHARE = 0.05
const BLANK_SHARE = 0.03
const PAIRED_SHARE = 0.02
const COMMENT_SHARE = 0.02

type Row = { text: string; addresses: number; isRejected: boolean }

export type Spreadsheet = { content: string; entries: number; rejected: number }

/** The support team's own spreadsheet of exposed customers, as untidy as such sheets are. */
export function exposingSpreadsheet(exposures: readonly Exposure[], random: Random): Spreadsheet {
  const good = addressRows(exposures, random)
  const repeated = good.filter(() => random.chance(REPEATED_SHARE))
  const bad = [...NAUGHTY, ...MALFORMED].map((cell) => badRow(cell))
  const short = { text: SHORT_ROW, addresses: 1, isRejected: true }
  const rows = shuffle([...good, ...repeated, ...bad, short], random)
  rows.push({ text: OPEN_ROW, addresses: 1, isRejected: true })
  const lines = rows.flatMap(({ text }) => (random.chance(BLANK_SHARE) ? ['', text] : [text]))
  return {
    content: `\ufeff${[HEADER, ...lines].join('\r\n')}\r\n`,
    entries: rows.reduce((sum, { addresses }) => sum + addresses, 0),
    rejected: rows.filter(({ isRejected }) => isRejected).length,
  }
}

function addressRows(exposures: readonly Exposure[], random: Random): Row[] {
  const rows: Row[] = []
  for (let next = 0; next < exposures.length; ) {
    const size = random.chance(PAIRED_SHARE) ? 2 : 1
    const together = exposures.slice(next, next + size)
    const name = together.map((exposure) => exposure.name).join(' & ')
    const cell = together.map(({ address }) => spellCell(address, random)).join(', ')
    const remark = random.pick(REMARKS)
    const text = joinCells([String(next + 1), twisted(name, random), cell, amount(random), remark])
    rows.push({ text, addresses: together.length, isRejected: false })
    next += size
  }
  return rows
}

function badRow(cell: string): Row {
  return { text: joinCells(['', '?', cell, '0,00', '']), addresses: 1, isRejected: true }
}

function spellCell(address: string, random: Random): string {
  const spelled = spell(address, random)
  return random.chance(COMMENT_SHARE) ? withComment(spelled, random) : spelled
}

/** Names with the separator, quotation marks, line breaks and formulas in them. */
function twisted(name: string, random: Random): string {
  if (!random.chance(0.1)) return name
  return random.pick([
    name.split(' ').reverse().join('; '),
    `${name} "Dr."`,
    `${name}\nc/o Buchhaltung`,
    `=1+1 ${name}`,
    `${name}'; DROP TABLE account; --`,
  ])
}

/** As German spreadsheets write it. */
const amount = (random: Random) => `${random.below(99)}.${100 + random.below(900)},50`

function joinCells(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[";\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(';')
}
