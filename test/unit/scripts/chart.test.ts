import { type Chart, drawChart, scaleOf, short } from '../../../scripts/bench/chart.js'
import { pageOf } from '../../../scripts/bench/page.js'

test.each([
  ['linear', [0, 100], [0, 20, 40, 60, 80, 100]],
  ['linear', [0, 7], [0, 2, 4, 6, 8]],
  ['linear', [0, 0.31], [0, 0.1, 0.2, 0.3, 0.4]],
  ['linear', [5, 5], [5, 6]],
  ['log', [10_000, 300_000], [10_000, 20_000, 50_000, 100_000, 200_000, 500_000]],
  ['log', [1_000, 1_000_000], [1_000, 10_000, 100_000, 1_000_000]],
  ['log', [1, 4], [1, 2, 5]],
] as const)('a %s axis of %j has ticks at %j', (kind, values, expected) => {
  expect(scaleOf(kind, values, [0, 100]).ticks).toEqual(expected)
})

test.each([
  ['linear', [0, 100], 50, 50],
  ['linear', [0, 100], 0, 0],
  ['log', [1, 100], 10, 50],
  ['log', [1_000, 1_000_000], 1_000_000, 100],
] as const)('on a %s axis of %j, %d stands at %d', (kind, values, value, place) => {
  expect(scaleOf(kind, values, [0, 100]).at(value)).toBeCloseTo(place)
})

test.each([
  [300_000, '300k'],
  [1_500_000, '1.5M'],
  [0.25, '0.25'],
  [999, '999'],
])('%d is written %s', (value, text) => {
  expect(short(value)).toBe(text)
})

const chart: Chart = {
  title: 'Time <b>',
  x: { label: 'accounts', scale: 'log' },
  y: { label: 's', scale: 'linear' },
  series: [
    {
      name: 'one',
      points: [
        { x: 10, y: 1 },
        { x: 1_000, y: 3 },
      ],
    },
    { name: 'two', points: [{ x: 10, y: 2 }] },
  ],
  budget: { value: 8, label: 'budget 8 s' },
}

test('a chart shows each point once, its budget, and says in words what it shows', () => {
  const svg = drawChart(chart)
  expect(svg.match(/<circle [^>]*r="4"/g)).toHaveLength(2 + 1) // and the mark in the legend
  expect(svg.match(/<polyline/g)).toHaveLength(2)
  expect(svg).toContain('budget 8 s')
  expect(svg).toContain(
    'aria-label="Time &lt;b&gt;. one: 10 accounts, 1 s; 1k accounts, 3 s. two: 10 accounts, 2 s"',
  )
})

test('it holds no markup that was not meant, and asks nothing of anybody', () => {
  const svg = drawChart(chart)
  expect(svg).not.toContain('<b>')
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|<script/)
})

test('a budget outside the measured is still inside the picture', () => {
  const at = Number(
    /y1="([\d.]+)" y2="[\d.]+" stroke="var\(--budget\)"/.exec(drawChart(chart))?.[1],
  )
  expect(at).toBeGreaterThanOrEqual(64)
  expect(at).toBeLessThanOrEqual(300)
})

test('the page says in words what is met, who measured, and asks nothing of anybody', () => {
  const line = { what: 'plan', size: '<1>', value: 2, unit: 's', budget: '≤ 1 s', peakMiB: 0 }
  const page = pageOf({
    machine: { cores: 2, load: '9.1' },
    lines: [
      { ...line, met: false },
      { ...line, met: true },
    ],
    charts: [{ name: 'one', chart }],
    left: ['No Redis.'],
  })
  expect(page.match(/<td>NOT MET<\/td>/g)).toHaveLength(1)
  expect(page.match(/<td>met<\/td>/g)).toHaveLength(1)
  expect(page).toContain('cores 2, load 9.1')
  expect(page).toContain('&lt;1&gt;')
  expect(page).toContain('No Redis.')
  expect(page.match(/<svg/g)).toHaveLength(1)
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|url\(|<script|<link/,
  )
})
