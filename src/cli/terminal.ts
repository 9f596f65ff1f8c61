import { Presets, SingleBar } from 'cli-progress'
import colors from 'picocolors'

/** Standard output carries answers only, so that `--json` can be piped. */
export const print = (line = ''): void => void process.stdout.write(`${line}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value, asJson))

const asJson = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

export const heading = (text: string): string => colors.bold(text)
export const faint = (text: string): string => colors.dim(text)
export const good = (text: string): string => colors.green(text)
export const warning = (text: string): string => colors.yellow(text)

const NUMBER = new Intl.NumberFormat('en-US')
export const number = (value: number): string => NUMBER.format(value)

/** Aligned `label  value` lines; numbers to the right. */
export function table(rows: readonly (readonly [string, number | string, string?])[]): string {
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

/** A small table with a faint head; all columns but the first stand at the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  return rows.map((row, index) => `  ${index === 0 ? faint(line(row)) : line(row)}`).join('\n')
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
