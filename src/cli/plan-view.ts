import type { App } from '../app.js'
import type { ForecastSummary } from '../mail/forecast/summary.js'
import type { Sweep } from '../sweeps/control/service.js'
import type { ExposureCounts, PlanCounts } from '../sweeps/planning/store.js'
import { showForecast } from './forecast-view.js'
import { faint, heading, number, print, table, warning } from './terminal.js'

export type SweepCounts = ExposureCounts & PlanCounts

export const countsOf = (sweep: Sweep): SweepCounts => sweep.counts as SweepCounts

/** A plan for people: what was read, who would be touched and how, and what they agree to. */
export function showPlan(app: Pick<App, 'transport'>, sweep: Sweep): void {
  const counts = countsOf(sweep)
  print(heading(`Plan ${sweep.id}`) + faint(`  policy ${sweep.policyVersion}`))
  showExposure(counts)
  print('\nWhat would happen')
  print(
    table(
      Object.entries(counts.byOutcome).map(([outcome, accounts]) => [
        WORDS[outcome] ?? outcome,
        accounts,
      ]),
    ),
  )
  print('\nWhy')
  print(table(Object.entries(counts.byTier).map(([tier, accounts]) => [tier, accounts])))
  print(`\nScores\n${histogram(counts.histogram)}`)
  if (sweep.forecast) showForecast(sweep.forecast as ForecastSummary)
  showTerms(app, sweep)
}

export function showExposure(counts: SweepCounts): void {
  print(
    table([
      ['entries read', counts.entries, `${number(counts.duplicates)} repeated`],
      ['exposed', counts.exposed, '= matched + unknown + rejected'],
      ['  matched', counts.matched, equivalentNote(counts)],
      ...leftOut(counts),
      ['  unknown', counts.unknown, 'no account has this address'],
      ['  rejected', counts.rejected, 'not an address; cordon parse shows where and why'],
    ]),
  )
}

const leftOut = ({ excluded = 0 }: SweepCounts): [string, number, string][] =>
  excluded > 0 ? [['  left out', excluded, 'accounts, by hand']] : []

function equivalentNote({ accounts, equivalent }: SweepCounts): string {
  const alias =
    equivalent > 0 ? `, ${number(equivalent)} by an alias only (people decide those)` : ''
  return `${number(accounts)} accounts${alias}`
}

export const WORDS: Record<string, string> = {
  reset_ordered: 'hold and reset',
  held: 'hold',
  review_opened: 'review by people',
  notified: 'tell the owner',
  already_protected: 'nothing: already reset',
  superseded: 'nothing: overtaken by events',
}

/** Score bands as a bar of text each, so that a plan can be read over the telephone. */
function histogram(bands: readonly number[]): string {
  const most = Math.max(1, ...bands)
  return bands
    .map((accounts, band) => {
      const label = band === 10 ? '100' : `${band * 10}–${band * 10 + 9}`
      const bar = '█'.repeat(Math.ceil((accounts / most) * 40))
      return `  ${label.padStart(6)}  ${bar} ${accounts > 0 ? number(accounts) : ''}`
    })
    .join('\n')
}

function showTerms({ transport }: Pick<App, 'transport'>, sweep: Sweep): void {
  print('')
  if (transport === 'embedded_mailbox') {
    print(
      warning(
        'Nobody outside will be told: mail goes to the embedded mailbox. Set SMTP_URL to deliver.',
      ),
    )
  }
  if (!sweep.fourEyes)
    print(
      warning('FOUR_EYES=off: one person may approve. This is stamped on plan, audit and report.'),
    )
  print(`Resets  ${number(sweep.resets ?? 0)}`)
  print(`Digest  ${sweep.planDigest}`)
}
