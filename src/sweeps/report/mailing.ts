import type { ForecastSummary } from '../../mail/forecast/summary.js'
import type { MailRunFacts, ReportFacts, WaveFacts } from './facts.js'

/** How the mail of a sweep was let go, and whether that took as long as its approvers read. */
export type Mailing = {
  forecast: ForecastSummary | null
  waves: (WaveFacts & { says: string })[]
  /** Mails that wait for their wave. */
  waiting: number
  /** Seed mailboxes that the plan was approved with, and what that means. */
  seeds: { configured: number; says: string }
  /** From the release of the canary to the last mail that was accepted; null while mail is under way. */
  realSeconds: number | null
  /** Real over likely: 1 is as foreseen. Null where one of the two is not known, or nothing was. */
  realOverForecast: number | null
}

export function mailingOf({ sweep, mailRun, waves, mails }: ReportFacts): Mailing {
  const isThrough = mailRun !== null && mailRun.waiting === 0 && !hasOpen(mails)
  const realSeconds = isThrough ? spanOf(waves) : null
  const likely = sweep.forecast?.p50Seconds ?? 0
  return {
    forecast: sweep.forecast,
    waves: waves.map((wave) => ({ ...wave, says: waveSays(wave) })),
    waiting: mailRun?.waiting ?? 0,
    seeds: { configured: mailRun?.seeds ?? 0, says: seedsSay(mailRun) },
    realSeconds,
    realOverForecast: realSeconds === null || likely === 0 ? null : realSeconds / likely,
  }
}

const hasOpen = (mails: ReportFacts['mails']) =>
  mails.some(
    ({ purpose, status }) =>
      purpose !== 'confirmation' && (status === 'staged' || status === 'sending'),
  )

function spanOf(waves: readonly WaveFacts[]): number | null {
  const [first] = waves
  const ends = waves.flatMap(({ lastAcceptedAt }) =>
    lastAcceptedAt ? [lastAcceptedAt.getTime()] : [],
  )
  if (!first || ends.length === 0) return null
  return Math.max(0, Math.max(...ends) - first.releasedAt.getTime()) / 1_000
}

function waveSays({ stopReason, verifiedAt }: WaveFacts): string {
  if (stopReason !== null) return `stopped: ${stopReason}`
  return verifiedAt === null ? 'under way' : 'ended, and nothing spoke against going on'
}

function seedsSay(run: MailRunFacts | null): string {
  if (run === null) return 'This sweep was planned before mail was let go in waves.'
  if (run.seeds === 0) {
    return 'No seed mailboxes configured: nobody looked at what really arrived between the waves.'
  }
  return 'Each wave ended with a copy to every seed mailbox, and the next waited until they were read and right.'
}
