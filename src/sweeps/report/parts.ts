import { type Html, html } from '../../values/html.js'
import { number, timeText, visible } from './figures.js'

/** Numbers get thousands separators, and stand at the right, as `figure` text does. */
export type Cell = string | number | Html | { figure: string }
export type Table = {
  caption: string
  head: readonly string[]
  rows: readonly (readonly Cell[])[]
  foot?: readonly Cell[]
}

/** A table whose first column names its rows. It scrolls by itself where it is wider than the page. */
export const table = ({ caption, head, rows, foot }: Table): Html =>
  html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head.map((name, column) => (isFigure(rows[0]?.[column]) ? html`<th scope="col" class="n">${name}</th>` : html`<th scope="col">${name}</th>`))}</tr></thead>
<tbody>${rows.map(tableRow)}</tbody>${foot ? html`<tfoot>${tableRow(foot)}</tfoot>` : undefined}</table></div>`

const tableRow = (cells: readonly Cell[]) =>
  html`<tr>${cells.map((cell, column) => (column === 0 && !isFigure(cell) ? html`<th scope="row">${cell}</th>` : tableCell(cell)))}</tr>`

const tableCell = (cell: Cell) =>
  isFigure(cell)
    ? html`<td class="n">${typeof cell === 'number' ? number(cell) : cell.figure}</td>`
    : html`<td>${cell}</td>`

const isFigure = (cell: Cell | undefined): cell is number | { figure: string } =>
  typeof cell === 'number' || (typeof cell === 'object' && 'figure' in cell)

export const figure = (text: string): Cell => ({ figure: text })

/** A cell with its explanation in small print beneath. */
export const titled = (title: string, says: string): Html => html`${title}<small>${says}</small>`

/** Text that came from outside: of any script, and never able to reorder what stands beside it. */
export const foreign = (text: string): Html => html`<bdi>${visible(text)}</bdi>`
export const code = (text: string): Html => html`<code><bdi>${visible(text)}</bdi></code>`

export const time = (at: Date): Html =>
  html`<time datetime="${at.toISOString()}">${timeText(at)}</time>`

export const section = (title: string, says: string, content: Html | readonly Html[]): Html =>
  html`<section><h2>${title}</h2><p>${says}</p>${content}</section>`

/** A chart beside the table of its numbers. */
export const pair = (chart: Html, numbers: Html, balance: 'chart' | 'table' = 'chart'): Html =>
  html`<div class="pair for-${balance}"><figure>${chart}</figure>${numbers}</div>`

export const facts = (lines: readonly (readonly [string, Html | string])[]): Html =>
  html`<dl>${lines.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
