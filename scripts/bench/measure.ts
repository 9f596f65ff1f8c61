/** One line of the benchmark's table. `ratio` is against the limit measured in the same run. */
export type Line = {
  what: string
  size: string
  value: number
  unit: string
  limit?: { what: string; value: number }
  ratio?: number
  budget: string
  met: boolean | null
  peakMiB: number
}

export type Measured<T> = { result: T; seconds: number; peakMiB: number }

/** Times `work` and samples this process's memory meanwhile. */
export async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  let peak = process.memoryUsage().rss
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  const startedAt = performance.now()
  try {
    const result = await work()
    const seconds = (performance.now() - startedAt) / 1_000
    return { result, seconds, peakMiB: Math.max(peak, process.memoryUsage().rss) / 2 ** 20 }
  } finally {
    clearInterval(sampler)
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const COLUMNS: readonly [string, (line: Line) => string][] = [
  ['what', ({ what }) => what],
  ['size', ({ size }) => size],
  ['measured', ({ value, unit }) => `${round(value)} ${unit}`],
  [
    'limit in the same run',
    ({ limit, unit }) => (limit ? `${round(limit.value)} ${unit} (${limit.what})` : ''),
  ],
  ['ratio', ({ ratio }) => (ratio === undefined ? '' : ratio.toFixed(2))],
  ['budget', ({ budget }) => budget],
  ['met', ({ met }) => (met === null ? 'n/a' : met ? 'met' : 'NOT MET')],
  ['peak memory', ({ peakMiB }) => `${Math.round(peakMiB)} MiB`],
]

const round = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)

export const HEADINGS = COLUMNS.map(([name]) => name)
export const cellsOf = (line: Line): string[] => COLUMNS.map(([, show]) => show(line))

export function tableOf(lines: readonly Line[]): string {
  const rows = [HEADINGS, ...lines.map(cellsOf)]
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}
