import { type Chart, drawChart, escaped } from './chart.js'
import { cellsOf, HEADINGS, type Line } from './measure.js'

export type Results = {
  machine: Record<string, string | number | undefined>
  lines: readonly Line[]
  charts: readonly { name: string; chart: Chart }[]
  left: readonly string[]
}

const STYLE = `<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;background:light-dark(#fff,#161b21);color:light-dark(#1d2530,#e8ecf1)}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{text-align:left;padding:.35rem .75rem;border-bottom:1px solid light-dark(#dde2e8,#38424e);vertical-align:top}
.missed{font-weight:600;color:light-dark(#b3261e,#ff8a80)}svg{max-width:44rem;width:100%;display:block;margin:1.5rem 0}
</style>`

/** Results of one run as a page that asks nothing of anybody. */
export function pageOf({ machine, lines, charts, left }: Results): string {
  const about = Object.entries(machine).map(([name, value]) => `${name} ${value ?? 'unknown'}`)
  const head = HEADINGS.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Benchmarks of Cordon</title>${STYLE}</head><body>
<h1>Benchmarks of Cordon</h1>
<p>${escaped(about.join(', '))}.</p>
${lines.length > 0 ? `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${lines.map(rowOf).join('\n')}\n</tbody></table></div>` : ''}
${charts.map(({ chart }) => drawChart(chart)).join('\n')}
${left.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
</body></html>
`
}

/** Whether a budget is met stands in words, not only in colour. */
const rowOf = (line: Line): string =>
  `<tr${line.met === false ? ' class="missed"' : ''}>${cellsOf(line)
    .map((cell) => `<td>${escaped(cell)}</td>`)
    .join('')}</tr>`
