import { type Html, html } from '../../values/html.js'
import { durationText, number } from './figures.js'
import { type Cell, facts, figure, foreign, section, table, time } from './parts.js'
import type { SweepReport } from './report.js'

const LANES_SHOWN = 10

/** What the approvers read about the mail, and what came of it. */
export function mailing({ mailing: of }: SweepReport): Html {
  return section(
    'How the mail was let go',
    'The mass of the mail leaves in waves, the most endangered accounts first: a small canary over every provider and language, then growing parts, each once the one before has ended and nothing spoke against going on.',
    [
      facts([
        ['Foreseen for all mail', foreseen(of.forecast)],
        ['It really took', reality(of)],
        ['Seed mailboxes', html`${number(of.seeds.configured)}. ${of.seeds.says}`],
        ['Mails in no wave yet', number(of.waiting)],
      ]),
      wavesTable(of.waves),
      lanesTable(of.forecast),
    ],
  )
}

type Mailing = SweepReport['mailing']

const foreseen = (forecast: Mailing['forecast']): string =>
  forecast === null || forecast.mails === 0
    ? '–'
    : `${durationText(forecast.p50Seconds)}, and in 19 of 20 cases at most ${durationText(forecast.p95Seconds)}`

function reality({ realSeconds, realOverForecast }: Mailing): string {
  if (realSeconds === null) return '–'
  const times =
    realOverForecast === null ? '' : `, ${realOverForecast.toFixed(2)} × what was likely`
  return `${durationText(realSeconds)}${times}`
}

function wavesTable(waves: Mailing['waves']): Html {
  if (waves.length === 0) return html`<p>No wave was released.</p>`
  const rows = waves.map((wave): Cell[] => [
    html`${wave.no === 0 ? 'canary' : String(wave.no)}<small>${foreign(wave.says)}</small>`,
    wave.mails,
    wave.accepted,
    wave.refused,
    time(wave.releasedAt),
    wave.verifiedAt ? time(wave.verifiedAt) : '–',
  ])
  const head = ['Wave', 'Mails', 'Accepted', 'Refused', 'Released', 'Verified']
  return table({ caption: 'Waves', head, rows })
}

function lanesTable(forecast: Mailing['forecast']): Html {
  if (forecast === null || forecast.lanes.length === 0) return html``
  const rows = forecast.lanes
    .slice(0, LANES_SHOWN)
    .map(({ lane, mails, p50Seconds, p95Seconds }): Cell[] => [
      foreign(lane),
      mails,
      figure(durationText(p50Seconds)),
      figure(durationText(p95Seconds)),
    ])
  return html`<h3>Foreseen by provider</h3>${table({
    caption: 'The providers whose mail ends last, as the approvers read it',
    head: ['Provider', 'Mails', 'Likely after', 'In 19 of 20 cases'],
    rows,
  })}`
}
