import { renderReport } from '../../../src/sweeps/report/html.js'
import { mailingOf } from '../../../src/sweeps/report/mailing.js'
import { buildReport } from '../../../src/sweeps/report/report.js'
import { sweepFacts, sweepRow } from './report-facts.js'

const facts = sweepFacts()

test('what the mail really took is measured from the canary, and set against what was likely', () => {
  const { realSeconds, realOverForecast } = mailingOf(facts)
  // 08:00:05 to 08:24:12, where 1,400 s were likely.
  expect(realSeconds).toBe(1_447)
  expect(realOverForecast).toBeCloseTo(1.034, 3)
})

test.each([
  [
    'mail is under way',
    { mails: facts.mails.map((each) => ({ ...each, status: 'staged' as const })) },
  ],
  ['mail waits for its wave', { mailRun: { ...facts.mailRun!, waiting: 1 } }],
  ['no wave was released', { waves: [] }],
  ['the sweep is older than waves', { mailRun: null, waves: [] }],
])('while %s nobody says how long it took', (_when, over) => {
  expect(mailingOf({ ...facts, ...over })).toMatchObject({
    realSeconds: null,
    realOverForecast: null,
  })
})

test('confirmations, which follow owners for days, are no part of it', () => {
  const staged = facts.mails.map((each) =>
    each.purpose === 'confirmation' ? { ...each, status: 'staged' as const } : each,
  )
  expect(mailingOf({ ...facts, mails: staged }).realSeconds).toBe(1_447)
})

test('a plan without a forecast is compared with nothing', () => {
  const sweep = sweepRow({ forecast: null })
  expect(mailingOf({ ...facts, sweep })).toMatchObject({
    realSeconds: 1_447,
    realOverForecast: null,
  })
})

test.each([
  ['none', 0, 'No seed mailboxes configured'],
  ['some', 3, 'a copy to every seed mailbox'],
])('with %s of them the report says what seed mailboxes mean', (_how, seeds, says) => {
  const mailing = mailingOf({ ...facts, mailRun: { ...facts.mailRun!, seeds } })
  expect(mailing.seeds).toEqual({ configured: seeds, says: expect.stringContaining(says) })
})

test('the page shows waves with why they stopped, escaped, and the lanes that end last', () => {
  const [canary, ...later] = facts.waves
  const stopped = { ...canary!, stoppedAt: canary!.releasedAt, stopReason: '<b>2 of 50</b>' }
  const page = renderReport(buildReport({ ...facts, waves: [stopped, ...later] }))
  expect(page).toContain('stopped: &lt;b&gt;2 of 50')
  expect(page).toContain('Foreseen by provider')
  expect(page).toContain('yahoo')
  expect(page).toContain('24 min 7 s, 1.03 × what was likely')
})
