import { type Html, html } from '../../values/html.js'
import { durationText, number, shortNumber, timeText, visible } from './figures.js'
import type { TimelineEvent } from './timeline.js'

/**
 * Charts as SVG inside the page. Positions are percentages and text is never scaled, so that they
 * fit a telephone and a sheet of paper without a script. Each is named and described for those who
 * cannot see it, and stands beside the table of its numbers.
 */
type Frame = { id: string; title: string; describes: string; height: number }

const chart = ({ id, title, describes, height }: Frame, content: Html | readonly Html[]): Html =>
  html`<svg class="chart" role="img" aria-labelledby="${id}-title ${id}-desc" width="100%" height="${height}">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${describes}</desc>
${content}</svg>`

export type Bar = { label: string; count: number; note?: string }
export type BarChart = { id: string; title: string; bars: readonly Bar[] }

const BAR_ROW = 46
const BAR_TOP = 24
const BAR_HEIGHT = 12

/** One bar per line, all of one scale. */
export function barChart({ id, title, bars }: BarChart): Html {
  const most = mostOf(bars.map(({ count }) => count))
  const frame = { id, title, describes: described(bars), height: bars.length * BAR_ROW }
  const drawn = bars.map((bar, index) => drawBar(bar, index * BAR_ROW, widthOf(bar.count, most)))
  return chart(frame, drawn)
}

const drawBar = ({ label, count, note }: Bar, y: number, width: number) =>
  html`<text class="label" x="0" y="${y + 15}">${label}</text>
<text class="value" x="100%" y="${y + 15}" text-anchor="end">${number(count)}${note ? html`<tspan class="note" dx="6">${note}</tspan>` : undefined}</text>
<rect class="track" x="0" y="${y + BAR_TOP}" width="100%" height="${BAR_HEIGHT}" rx="3"/>
<rect class="bar" x="0" y="${y + BAR_TOP}" width="${width}%" height="${BAR_HEIGHT}" rx="3"/>`

const FUNNEL_ROW = 60
const FUNNEL_TOP = 26
const FUNNEL_HEIGHT = 16

/** Bars of one scale, each joined to the next by what did not go on. */
export function funnelChart({ id, title, bars }: BarChart): Html {
  const most = mostOf(bars.map(({ count }) => count))
  const widths = bars.map(({ count }) => widthOf(count, most))
  const height = bars.length * FUNNEL_ROW - (FUNNEL_ROW - FUNNEL_TOP - FUNNEL_HEIGHT)
  const drawn = bars.map(({ label, count, note }, index) => {
    const y = index * FUNNEL_ROW
    const next = widths[index + 1]
    const width = widths[index] ?? 0
    return html`${next === undefined ? undefined : drawJoint(y + FUNNEL_TOP + FUNNEL_HEIGHT, width, next)}
<text class="label" x="8" y="${y + 17}">${label}</text>
<text class="value" x="100%" y="${y + 17}" text-anchor="end">${number(count)}${note ? html`<tspan class="note" dx="6">${note}</tspan>` : undefined}</text>
<rect class="bar" x="0" y="${y + FUNNEL_TOP}" width="${width}%" height="${FUNNEL_HEIGHT}" rx="2"/>`
  })
  return chart({ id, title, describes: described(bars), height }, drawn)
}

const drawJoint = (y: number, from: number, to: number) =>
  html`<svg x="0" y="${y}" width="100%" height="${FUNNEL_ROW - FUNNEL_HEIGHT}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><polygon class="joint" points="0,0 ${from},0 ${to},10 0,10"/></svg>`

const PLOT_TOP = 22
const PLOT_HEIGHT = 280
const BAND = 100 / 11

/** Accounts per score band of ten, the last band being exactly 100. */
export function histogramChart(id: string, histogram: readonly number[]): Html {
  const most = mostOf(histogram)
  const base = PLOT_TOP + PLOT_HEIGHT
  const bars = histogram.map((count, band) => ({ label: `Score ${bandText(band)}`, count }))
  const columns = histogram.map((count, band) => {
    const height = (widthOf(count, most) / 100) * PLOT_HEIGHT
    const middle = rounded(BAND * (band + 0.5))
    return html`<rect class="bar" x="${rounded(BAND * band + 0.8)}%" y="${rounded(base - height)}" width="${rounded(BAND - 1.6)}%" height="${rounded(height)}" rx="2"/>
<text class="small" x="${middle}%" y="${rounded(base - height - 6)}" text-anchor="middle">${shortNumber(count)}</text>
<text class="small soft" x="${middle}%" y="${base + 18}" text-anchor="middle">${band * 10}</text>`
  })
  const axis = html`<line class="axis" x1="0" x2="100%" y1="${base + 0.5}" y2="${base + 0.5}"/>
<text class="small soft" x="0" y="${base + 38}">less endangered</text>
<text class="small soft" x="100%" y="${base + 38}" text-anchor="end">more endangered</text>`
  const title = 'Accounts by score, in bands of ten'
  return chart({ id, title, describes: described(bars), height: base + 44 }, [...columns, axis])
}

/** `0–9` … `90–99`, `100` */
export const bandText = (band: number): string =>
  band === 10 ? '100' : `${band * 10}–${band * 10 + 9}`

const DOT = 9
const TEXT = 32
const STEP = 44

/** Downwards in time; the longer people waited, the longer the line, on a logarithmic scale. */
export function timelineChart(id: string, events: readonly TimelineEvent[]): Html {
  let y = 10
  const drawn = events.map((event, index) => {
    const top = y
    const next = events[index + 1]
    const wait = next ? (next.at.getTime() - event.at.getTime()) / 1000 : 0
    const below = STEP + (wait < 1 ? 0 : 14 + Math.round(5 * Math.log10(wait)))
    y += below
    return html`${next ? drawWait(top, below, wait) : undefined}
<circle class="${event.who ? 'dot decided' : 'dot'}" cx="${DOT}" cy="${top}" r="5.5"/>
<text class="label" x="${TEXT}" y="${top + 5}">${shortened(event.says)}</text>
<text class="small soft" x="${TEXT}" y="${top + 22}">${timeText(event.at)}</text>`
  })
  const describes = events.map(({ at, says }) => `${timeText(at)}: ${visible(says)}`).join('. ')
  return chart({ id, title: 'What happened when', describes, height: y - 14 }, drawn)
}

const drawWait = (top: number, below: number, wait: number) =>
  html`<line class="thread" x1="${DOT}" x2="${DOT}" y1="${top}" y2="${top + below}"/>
${wait < 1 ? undefined : html`<text class="small wait" x="${TEXT}" y="${top + below - 18}">↓ ${durationText(wait)} later</text>`}`

const LABEL_CHARACTERS = 56

function shortened(text: string): string {
  const characters = [...visible(text)]
  if (characters.length <= LABEL_CHARACTERS) return characters.join('')
  return `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`
}

const described = (bars: readonly Bar[]) =>
  `${bars.map(({ label, count }) => `${label}: ${number(count)}`).join('. ')}.`

const mostOf = (counts: readonly number[]) => Math.max(1, ...counts)

/** In percent of the longest; what is not nothing can be seen. */
const widthOf = (count: number, most: number) =>
  count === 0 ? 0 : rounded(Math.max(0.5, (count / most) * 100))

const rounded = (position: number) => Math.round(position * 100) / 100
