import { histogramChart } from '../../../src/sweeps/report/charts.js'
import type { ReportFacts } from '../../../src/sweeps/report/facts.js'
import {
  durationText,
  number,
  share,
  shortNumber,
  timeText,
  visible,
} from '../../../src/sweeps/report/figures.js'
import { renderReport } from '../../../src/sweeps/report/html.js'
import { buildReport } from '../../../src/sweeps/report/report.js'
import { describeCorpus, readFixture } from '../../corpus/fixtures.js'
import { sweepFacts, sweepRow } from './report-facts.js'

const page = (over: Partial<ReportFacts> = {}) => renderReport(buildReport(sweepFacts(over)))
const titled = (title: string) => page({ incident: { ...sweepFacts().incident, title } })

describe('the page', () => {
  test('loads nothing and runs nothing', () => {
    const html = page()
    expect(html).toContain('content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;')
    expect(html).not.toMatch(
      /<script|<link|<img|<iframe|<object|@import|url\(|\ssrc=|\shref=|\son\w+=/i,
    )
    expect(html).not.toMatch(/https?:/)
  })
  test('is well-formed where it matters: one title, headings in order, every id once', () => {
    const html = page()
    expect(html.match(/<h1/g)).toHaveLength(1)
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const tag of ['section', 'table', 'svg', 'figure', 'dl', 'div', 'bdi', 'time', 'tr']) {
      const opened = html.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length
      expect([tag, html.match(new RegExp(`</${tag}>`, 'g'))?.length]).toEqual([tag, opened])
    }
  })
  test('names and describes every chart, beside a table of its numbers', () => {
    const html = page()
    const charts = [...html.matchAll(/<svg class="chart" role="img" aria-labelledby="(\w+)-title/g)]
    expect(charts.map(([, id]) => id)).toEqual([
      'funnel',
      'timeline',
      'tiers',
      'scores',
      'outcomes',
    ])
    for (const [, id] of charts) {
      expect(html).toMatch(
        new RegExp(`<title id="${id}-title">.+</title><desc id="${id}-desc">.+</desc>`),
      )
    }
    expect(html.match(/<caption>/g)!.length).toBeGreaterThanOrEqual(charts.length)
  })
  test('writes numbers with separators and times in UTC', () => {
    expect(page()).toContain('>28,000<')
    expect(page()).toContain(
      '<time datetime="2019-11-01T07:12:40.000Z">1 Nov 2019, 07:12:40 UTC</time>',
    )
  })
})

describe('what the page says first', () => {
  test.each<[string, Partial<ReportFacts>, string]>([
    ['everything adds up', {}, 'All 17 checks of this report hold.'],
    ['something does not', { outcomeRows: 1 }, '2 of 17 checks fail'],
    ['people other than the requester approved', {}, 'Approved by 2 people other than'],
    ['four eyes were off', { sweep: sweepRow({ fourEyes: false }) }, 'Four eyes off'],
    ['mail went nowhere', { transport: 'embedded_mailbox' }, 'Nobody outside was told'],
    ['some mail was refused', {}, '8 refused, 2 may not have arrived'],
    [
      'all mail was accepted',
      { mails: sweepFacts().mails.filter(({ status }) => status === 'accepted') },
      'Mail servers accepted every mail.',
    ],
    [
      'nothing was done',
      { groups: [], holdsApplied: 0, sweep: sweepRow({ status: 'planned' }) },
      'Nothing was done to any account.',
    ],
  ])('that %s', (_what, over, says) => expect(page(over).includes(says)).toBe(true))
})

describe('text from outside', () => {
  test.each([
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['quotes', `"'`, '&quot;&#39;'],
    ['a text that turns around what follows', '\u202egnp.exe', '⟨U+202E⟩gnp.exe'],
    ['a terminal sequence', '\u001b[31m', '⟨U+001B⟩[31m'],
  ])('%s in a title is shown, never obeyed', (_what, title, shown) => {
    expect(titled(title)).toContain(`<h1><bdi>${shown}</bdi></h1>`)
    expect(titled(title)).toContain(`<title>Sweep report: ${shown}</title>`)
  })
  test('is escaped wherever it stands', () => {
    const evil = '"><img src=x onerror=alert(1)>'
    const { incident, lists, approvals, events, cases } = sweepFacts()
    const html = page({
      incident: { ...incident, id: evil, title: evil },
      sweep: sweepRow({ id: evil, requestedBy: evil, statusReason: evil, policyVersion: evil }),
      lists: lists.map((list) => ({ ...list, name: evil, format: evil })),
      approvals: approvals.map((approval) => ({ ...approval, approver: evil })),
      events: events.map((event) => ({ ...event, actor: evil, reason: evil })),
      cases: cases.map((each) => ({ ...each, tier: evil, decision: evil, decisionReason: evil })),
      groups: [{ ...sweepFacts().groups[2]!, reason: evil, reasons: [evil], tier: evil }],
    })
    expect(html).not.toContain('<img')
    expect(html).not.toContain('"">')
  })
  describeCorpus('blns', (dir) => {
    const naughty: string[] = JSON.parse(readFixture(dir, 'blns.json'))
    test('no naughty string adds an element', () => {
      const elements = titled('').match(/<\w/g)!.length
      for (const text of naughty)
        expect([text, titled(text).match(/<\w/g)!.length]).toEqual([text, elements])
    })
  })
})

describe('charts', () => {
  const bars = (markup: string) =>
    [...markup.matchAll(/class="bar"[^>]* height="([\d.]+)"/g)].map(([, height]) => Number(height))

  test('the highest column fills the plot, and one account among a million can be seen', () => {
    const heights = bars(histogramChart('h', [1_000_000, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).markup)
    expect(heights[0]).toBe(280)
    expect(heights[1]).toBeGreaterThan(1)
    expect(heights[2]).toBe(0)
  })
  test('a sweep without accounts draws empty charts', () => {
    expect(
      bars(
        histogramChart(
          'h',
          Array.from({ length: 11 }, () => 0),
        ).markup,
      ),
    ).toEqual(Array.from({ length: 11 }, () => 0))
    expect(page({ groups: [], chunks: [], events: [] })).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('figures', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567, '1,234,567'],
  ])('%d reads %s', (count, text) => expect(number(count)).toBe(text))

  test.each([
    [9_999, '9,999'],
    [12_345, '12k'],
    [12_345_678, '12M'],
  ])('%d is %s in short', (count, text) => expect(shortNumber(count)).toBe(text))

  test.each([
    ['nothing of nothing', 0, 0, '–'],
    ['nothing', 0, 5, '0 %'],
    ['next to nothing', 1, 1_000_000, '< 0.1 %'],
    ['a third', 1, 3, '33.3 %'],
    ['nearly all', 999_999, 1_000_000, '> 99.9 %'],
    ['all', 5, 5, '100 %'],
  ])('%s', (_what, part, whole, text) => expect(share(part, whole)).toBe(text))

  test.each([
    [0, '0 s'],
    [0.42, '0.4 s'],
    [9.98, '10 s'],
    [59.6, '1 min'],
    [3_599, '59 min 59 s'],
    [3_600, '1 h'],
    [3_660, '1 h 1 min'],
    [90_061, '1 d 1 h'],
  ])('%d seconds read %s', (seconds, text) => expect(durationText(seconds)).toBe(text))

  test('times are UTC to the second', () => {
    expect(timeText(new Date('2019-11-01T14:05:09+02:00'))).toBe('1 Nov 2019, 12:05:09 UTC')
  })
  test('joiners that scripts and emoji need stay', () => {
    expect(visible('👩\u200d👧 می\u200cخواهم')).toBe('👩\u200d👧 می\u200cخواهم')
  })
})
