export type Point = { x: number; y: number }
export type Series = { name: string; points: readonly Point[] }
export type Axis = { label: string; scale: 'linear' | 'log' }
export type Chart = {
  title: string
  x: Axis
  y: Axis
  series: readonly Series[]
  /** A line that the measured should stay below, or above. */
  budget?: { value: number; label: string }
}

const SIZE = { width: 640, height: 360 }
const PLOT = { left: 72, right: 624, top: 64, bottom: 300 }
const TICKS_AT_MOST = 7

const STYLE = `<style>
.chart{font:13px system-ui,sans-serif;--ink:#1d2530;--faint:#5b6675;--grid:#dde2e8;--paper:#fff;--budget:#b3261e;--s0:#0b57d0;--s1:#8a5a00;--s2:#146c2e;--s3:#6f3fb5}
@media(prefers-color-scheme:dark){.chart{--ink:#e8ecf1;--faint:#a8b3c0;--grid:#38424e;--paper:#161b21;--budget:#ff8a80;--s0:#8ab4f8;--s1:#f2c14e;--s2:#7bd88f;--s3:#c9a6ff}}
.chart text{fill:var(--ink)}.chart .faint{fill:var(--faint)}
</style>`
const DASHES = ['', '7 4', '2 4', '10 3 2 3']

/**
 * Measured points as an SVG that needs nothing else: axes with round figures, a line for each series
 * (told apart by its dashes and mark too, not by its colour alone), and the budget.
 */
export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points)
  const ys = [...points.map(({ y }) => y), ...(chart.budget ? [chart.budget.value] : [])]
  const x = scaleOf(
    chart.x.scale,
    points.map((point) => point.x),
    [PLOT.left, PLOT.right],
  )
  const y = scaleOf(chart.y.scale, chart.y.scale === 'linear' ? [0, ...ys] : ys, [
    PLOT.bottom,
    PLOT.top,
  ])
  const body = [
    ...x.ticks.map((tick) => xTick(x.at(tick), tick)),
    ...y.ticks.map((tick) => yTick(y.at(tick), tick)),
    ...chart.series.map((series, no) => drawSeries(series, no, { x, y })),
    chart.budget ? drawBudget(chart.budget, y) : '',
    ...legend(chart.series),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" class="chart" role="img" aria-label="${escaped(describe(chart))}">${STYLE}
<rect width="100%" height="100%" fill="var(--paper)"/>
<text x="16" y="24" font-weight="600">${escaped(chart.title)}</text>
${body.filter((part) => part !== '').join('\n')}
<text x="${PLOT.right}" y="${PLOT.bottom + 36}" text-anchor="end" class="faint">${escaped(chart.x.label)}</text>
<text x="16" y="42" class="faint">${escaped(chart.y.label)}</text>
</svg>`
}

/** What the chart shows, for whoever cannot see it. */
const describe = ({ title, x, y, series }: Chart): string =>
  `${title}. ${series
    .map(
      ({ name, points }) =>
        `${name}: ${points.map((point) => `${short(point.x)} ${x.label}, ${short(point.y)} ${y.label}`).join('; ')}`,
    )
    .join('. ')}`

export type Scale = { at(value: number): number; ticks: number[] }

/** Maps values to places between two ends, with ticks at round figures. */
export function scaleOf(
  kind: Axis['scale'],
  values: readonly number[],
  [from, to]: readonly [number, number],
): Scale {
  const ticks = kind === 'log' ? logTicks(values) : linearTicks(values)
  const turn = kind === 'log' ? Math.log10 : (value: number) => value
  const low = turn(ticks[0] ?? 0)
  const span = turn(ticks.at(-1) ?? 1) - low || 1
  return { ticks, at: (value) => from + ((turn(value) - low) / span) * (to - from) }
}

function linearTicks(values: readonly number[]): number[] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const rough = (high - low || Math.abs(high) || 1) / (TICKS_AT_MOST - 2)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power
  const first = Math.floor(low / step)
  const last = Math.max(Math.ceil(high / step), first + 1)
  return Array.from({ length: last - first + 1 }, (_, no) => tidy((first + no) * step))
}

/** 1, 2 and 5 of each power of ten, or the powers alone when those would be too many. */
function logTicks(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0)
  const low = Math.min(...positive)
  const high = Math.max(...positive)
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 2 },
    (_, no) => 10 ** (Math.floor(Math.log10(low)) + no),
  )
  const all = powers.flatMap((power) => [power, 2 * power, 5 * power]).map(tidy)
  const fine = around(all, low, high)
  return fine.length <= TICKS_AT_MOST ? fine : around(powers.map(tidy), low, high)
}

function around(ticks: readonly number[], low: number, high: number): number[] {
  const first = Math.max(
    0,
    ticks.findLastIndex((tick) => tick <= low),
  )
  const last = ticks.findIndex((tick) => tick >= high)
  return ticks.slice(first, Math.max(last, first + 1) + 1)
}

const tidy = (value: number) => Number(value.toPrecision(12))
const place = (value: number) => Number(value.toFixed(1))

const xTick = (at: number, value: number) =>
  `<line x1="${place(at)}" x2="${place(at)}" y1="${PLOT.top}" y2="${PLOT.bottom}" stroke="var(--grid)"/><text x="${place(at)}" y="${PLOT.bottom + 18}" text-anchor="middle" class="faint">${short(value)}</text>`
const yTick = (at: number, value: number) =>
  `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${place(at)}" y2="${place(at)}" stroke="var(--grid)"/><text x="${PLOT.left - 8}" y="${place(at + 4)}" text-anchor="end" class="faint">${short(value)}</text>`

const MARKS_AT_MOST = 30

function drawSeries({ points }: Series, no: number, { x, y }: { x: Scale; y: Scale }): string {
  const places = points.map((point) => [place(x.at(point.x)), place(y.at(point.y))] as const)
  const stroke = `var(--s${no % 4})`
  const line = `<polyline points="${places.map((each) => each.join(',')).join(' ')}" fill="none" stroke="${stroke}" stroke-width="2" stroke-dasharray="${DASHES[no % 4]}"/>`
  if (points.length > MARKS_AT_MOST) return line
  return [line, ...places.map(([left, top]) => mark(no, left, top))].join('')
}

const mark = (no: number, x: number, y: number): string =>
  no % 2 === 0
    ? `<circle cx="${x}" cy="${y}" r="4" fill="var(--s${no % 4})"/>`
    : `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" fill="var(--s${no % 4})"/>`

function drawBudget({ value, label }: { value: number; label: string }, y: Scale): string {
  const at = place(y.at(value))
  return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="var(--budget)" stroke-width="1.5" stroke-dasharray="3 3"/><text x="${PLOT.right}" y="${at - 6}" text-anchor="end" style="fill:var(--budget)">${escaped(label)}</text>`
}

const legend = (series: readonly Series[]): string[] =>
  series.map(({ name }, no) => {
    const left = PLOT.left + no * 140
    return `${mark(no, left, SIZE.height - 16)}<text x="${left + 12}" y="${SIZE.height - 12}">${escaped(name)}</text>`
  })

/** 300000 as 300k, 0.25 as 0.25. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (size >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`
  return String(Number(value.toPrecision(3)))
}

export const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
