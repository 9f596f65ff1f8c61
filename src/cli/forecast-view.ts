import type { ForecastSummary } from '../mail/forecast/summary.js'
import { durationText } from '../sweeps/report/figures.js'
import { faint, grid, number, print } from './terminal.js'

const LANES_SHOWN = 10

/** How long the mail takes: BitMEX learnt that only after it had begun to send. */
export function showForecast(forecast: ForecastSummary): void {
  if (forecast.mails === 0) {
    print('\nMail\n  none')
    return
  }
  print('\nMail, and when the last of it is accepted')
  print(grid(HEAD, [...forecast.lanes.slice(0, LANES_SHOWN).map(laneRow), ...lastRows(forecast)]))
  print(faint(`  ${wavesSay(forecast)}`))
  print(faint(`  ${seedsSay(forecast)}`))
}

const HEAD = ['provider', 'mails', 'likely after', 'in 19 of 20 cases']

type Times = { mails: number; p50Seconds: number; p95Seconds: number }

const row = (name: string, { mails, p50Seconds, p95Seconds }: Times) => [
  name,
  number(mails),
  durationText(p50Seconds),
  durationText(p95Seconds),
]

const laneRow = (lane: Times & { lane: string }) => row(lane.lane, lane)

/** What has no line of its own, and all together. */
function lastRows(forecast: ForecastSummary): string[][] {
  const { lanes, others } = forecast
  const hidden = lanes.slice(LANES_SHOWN)
  const more = hidden.length + (others?.lanes ?? 0)
  const all = row('all', forecast)
  const slowest = hidden[0] ?? others
  if (!slowest) return [all]
  const mails = hidden.reduce((sum, each) => sum + each.mails, others?.mails ?? 0)
  return [row(`${number(more)} more`, { ...slowest, mails }), all]
}

function wavesSay({ waves, holdSeconds }: ForecastSummary): string {
  const [canary = 0, ...later] = waves
  const hold = holdSeconds > 0 ? `, watched for ${durationText(holdSeconds)}` : ''
  const then = later.length > 0 ? `, then ${later.map(number).join(' + ')}` : ''
  return `waves: a canary of ${number(canary)}${hold}${then}`
}

const seedsSay = ({ seeds }: ForecastSummary): string =>
  seeds > 0
    ? `each wave ends with a copy to ${number(seeds)} seed mailboxes and waits until it is read`
    : 'no seed mailboxes configured: nobody looks at what really arrives'
