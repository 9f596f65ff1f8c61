import { styleText } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'

/** Standard output carries answers only, so that `--json` can be piped. */
export const print = (line = ''): void => void process.stdout.write(`${line}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value, asJson))

const asJson = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

// Colours only where a person looks: Node asks the stream, NO_COLOR and FORCE_COLOR, each time.
const inStyle = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow') => (text: string) =>
  styleText(style, text, { stream: process.stdout, validateStream: true })

export const heading = inStyle('bold')
export const faint = inStyle('dim')
export const good = inStyle('green')
export const warning = inStyle('yellow')
export const alarm = (text: string): string => heading(inStyle('red')(text))

const NUMBER = new Intl.NumberFormat('en-US')
export const number = (value: number): string => NUMBER.format(value)

export type Row = readonly [label: string, value: number | string, note?: string]

/** Aligned `label  value` lines; numbers to the right. */
export function table(rows: readonly Row[]): string {
  const shown = rows.map(([label, value, note]) => ({
    label,
    value: typeof value === 'number' ? number(value) : value,
    note: note ? `  ${faint(note)}` : '',
  }))
  const labels = Math.max(...shown.map(({ label }) => label.length))
  const values = Math.max(...shown.map(({ value }) => value.length))
  return shown
    .map(({ label, value, note }) => `  ${label.padEnd(labels)}  ${value.padStart(values)}${note}`)
    .join('\n')
}

const FIGURE = /^([\d.,–?]+( \w+)?)?$/

/** Columns under their names: words to the left, figures to the right. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cellsOf = (column: number) => rows.map((row) => row[column] ?? '')
  const columns = head.map((name, column) => ({
    width: Math.max(name.length, ...cellsOf(column).map(({ length }) => length)),
    isFigure: column > 0 && cellsOf(column).every((cell) => FIGURE.test(cell)),
  }))
  const line = (row: readonly string[]) =>
    columns
      .map(({ width, isFigure }, column) =>
        isFigure ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd()
  return [faint(`  ${line(head)}`), ...rows.map((row) => `  ${line(row)}`)].join('\n')
}

export type Progress = { update(done: number, total?: number, note?: string): void; stop(): void }

const LINE_EVERY_MS = 5_000

/**
 * A progress bar with rate and time left on a terminal, a plain line every few seconds elsewhere;
 * always on standard error. `quiet` shows nothing.
 */
export function startProgress(label: string, total: number, quiet = false): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined }
  return process.stderr.isTTY ? bar(label, total) : lines(label, total)
}

function bar(label: string, total: number): Progress {
  const shown = new SingleBar(
    {
      format: `  ${label.padEnd(22)} {bar} {percentage}% {value}/{total} {note} ETA {eta_formatted}`,
      hideCursor: true,
      etaBuffer: 100,
      stream: process.stderr,
    },
    Presets.shades_classic,
  )
  shown.start(total, 0, { note: '' })
  return {
    update(done, newTotal, note = '') {
      if (newTotal !== undefined) shown.setTotal(newTotal)
      shown.update(done, { note })
    },
    stop: () => shown.stop(),
  }
}

function lines(label: string, total: number): Progress {
  const startedAt = performance.now()
  let shownAt = startedAt
  let last = { done: 0, total }
  const show = () => {
    const seconds = (performance.now() - startedAt) / 1_000
    const of = last.total > 0 ? ` of ${number(last.total)}` : ''
    process.stderr.write(`  ${label}: ${number(last.done)}${of} after ${seconds.toFixed(1)} s\n`)
    shownAt = performance.now()
  }
  return {
    update(done, newTotal) {
      last = { done, total: newTotal ?? last.total }
      if (performance.now() - shownAt > LINE_EVERY_MS) show()
    },
    stop: show,
  }
}
