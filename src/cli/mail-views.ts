import type { Funnel, Part } from '../mail/funnel/service.js'
import type { Lane, MailStatusNow, SweepMail, Wave } from '../mail/status/service.js'
import { faint, good, grid, heading, number, warning } from './terminal.js'

const LANES_SHOWN = 20

/** How far mail is, for people: valves, then lanes, then sweeps, then how long the rest takes. */
export function statusText(status: MailStatusNow, transport: 'embedded_mailbox' | 'smtp'): string {
  const { lanes, sweeps, counts } = status
  const more = lanes.length - LANES_SHOWN
  return [
    heading('Valves'),
    ...valveLines(status),
    '',
    heading('Lanes'),
    lanes.length === 0
      ? faint('  no mail waits')
      : grid(LANE_HEAD, lanes.slice(0, LANES_SHOWN).map(laneCells)),
    ...lanes.slice(0, LANES_SHOWN).flatMap(putOffLines),
    ...(more > 0 ? [faint(`  and ${number(more)} more`)] : []),
    '',
    ...(sweeps.length > 0 ? [heading('Sweeps'), grid(SWEEP_HEAD, sweeps.map(sweepCells)), ''] : []),
    counts
      .map(({ purpose, status: state, mails }) => `${number(mails)} ${purpose} ${state}`)
      .join(', ') || faint('No mail was staged yet.'),
    leftText(status),
    ...(transport === 'embedded_mailbox'
      ? [faint('Mail goes to the embedded mailbox, which delivers nowhere.')]
      : []),
  ].join('\n')
}

function valveLines({ valve, closed }: MailStatusNow): string[] {
  const shut = closed.map(
    ({ scope, changedBy, reason, opening }) =>
      `  ${warning('closed')}  ${scope}  ${faint(`${changedBy}: ${reason}`)}${opening ? `  (${opening.askedBy} wants it open)` : ''}`,
  )
  return valve.state === 'open' ? [`  ${good('open')}    global`, ...shut] : shut
}

const LANE_HEAD = ['lane', 'rate/s', 'cap', 'waiting', 'held', 'sending', 'accepted', 'left', '']

const laneCells = (lane: Lane): string[] => [
  lane.lane ?? '(not known yet)',
  lane.rate === null ? '–' : rateText(lane.rate),
  lane.rateCap === null ? '–' : rateText(lane.rateCap),
  ...[lane.waiting, lane.held, lane.sending, lane.accepted].map(number),
  durationText(lane.secondsLeft),
  lane.isPaused
    ? warning(
        `paused${lane.pausedUntil ? ` until ${lane.pausedUntil.toISOString()}` : ''}: ${lane.pauseReason ?? ''}`,
      )
    : '',
]

/** What servers put off, until when, and what they said about it. */
const putOffLines = ({ lane, deferred }: Lane): string[] =>
  deferred === null
    ? []
    : [
        `  ${lane ?? '(not known yet)'} put off ${number(deferred.mails)} until ${deferred.untilAt.toISOString()}`,
        ...deferred.said.map(({ means, mails, says }) =>
          faint(`    ${number(mails)} ${means.replaceAll('_', ' ')}: ${says}`),
        ),
      ]

const SWEEP_HEAD = [
  'sweep',
  'status',
  'waiting',
  'held',
  'sending',
  'accepted',
  'rejected',
  'unknown',
  '',
]

const sweepCells = (sweep: SweepMail): string[] => [
  sweep.sweepId,
  sweep.status,
  ...[sweep.waiting, sweep.held, sweep.sending, sweep.accepted, sweep.rejected, sweep.unknown].map(
    number,
  ),
  [seedsText(sweep.seedMailboxes), ...sweep.waves.map(waveText)].filter(Boolean).join(', '),
]

const seedsText = (mailboxes: number | null): string =>
  mailboxes === 0 ? 'no seed mailboxes configured' : ''

function waveText({
  no,
  mails,
  endedAt,
  verifiedAt,
  stoppedAt,
  stopReason,
  ...seeds
}: Wave): string {
  const name = no === 0 ? 'canary' : `wave ${no}`
  const state = stoppedAt
    ? `stopped: ${stopReason ?? ''}`
    : (verifiedAt && 'verified') || (endedAt && 'over') || 'leaving'
  return `${name} of ${number(mails)} ${state}${copiesText(seeds)}`
}

type Copies = Pick<Wave, 'seedsGood' | 'seedsBad' | 'seedsWaiting' | 'seedProblem'>

function copiesText({ seedsGood, seedsBad, seedsWaiting, seedProblem }: Copies): string {
  if (seedsGood + seedsBad + seedsWaiting === 0) return ''
  const bad = seedsBad > 0 ? `, ${seedsBad} bad: ${seedProblem ?? ''}` : ''
  return ` (seeds: ${seedsGood} good, ${seedsWaiting} waited for${bad})`
}

function leftText({ valve, lanes, secondsLeft }: MailStatusNow): string {
  if (lanes.every(({ waiting, held, sending }) => waiting + held + sending === 0))
    return 'Nothing waits.'
  if (valve.state === 'closed') return warning('Nothing leaves while the valve is closed.')
  return secondsLeft === null
    ? 'How long the rest takes cannot be said yet.'
    : `At the rates of now the rest takes ${durationText(secondsLeft)}.`
}

/** `0.5`, `12`, `250`: rates are small numbers. */
const rateText = (rate: number) =>
  rate < 10 ? String(Math.round(rate * 100) / 100) : number(Math.round(rate))

const MINUTE = 60
const HOUR = 60 * MINUTE

function durationText(seconds: number | null): string {
  if (seconds === null) return '?'
  if (seconds < 2 * MINUTE) return `${seconds} s`
  if (seconds < 2 * HOUR) return `${Math.ceil(seconds / MINUTE)} min`
  return `${number(Math.ceil(seconds / HOUR))} h`
}

const STEPS = ['ordered', 'accepted', 'opened', 'completed', 'idle', 'withdrawn'] as const
const BAR = 40

/** The funnel as bars of one scale, then the same counts by batch, lane and locale. */
export function funnelText({ total, batches, lanes, locales }: Funnel): string {
  const most = Math.max(1, total.ordered)
  const bars = STEPS.map((step) => {
    const bar = '█'.repeat(Math.round((total[step] / most) * BAR))
    const share = step === 'ordered' ? '' : faint(`${Math.round((total[step] / most) * 100)} %`)
    return `  ${step.padEnd(10)} ${number(total[step]).padStart(9)}  ${bar} ${share}`
  })
  return [
    heading('From the ordered reset to the new password'),
    ...bars,
    ...cutText('By batch', batches, ({ key, label }) => label ?? key ?? '–'),
    ...cutText('By lane', lanes, ({ key }) => key ?? '(not known)'),
    ...cutText('By locale', locales, ({ key }) => key ?? '(not told)'),
  ].join('\n')
}

const PARTS_SHOWN = 15

function cutText(title: string, parts: readonly Part[], name: (part: Part) => string): string[] {
  if (parts.length === 0) return []
  const rows = parts
    .slice(0, PARTS_SHOWN)
    .map((part) => [name(part), ...STEPS.map((step) => number(part[step]))])
  const more = parts.length - PARTS_SHOWN
  return [
    '',
    heading(title),
    grid(['', ...STEPS], rows),
    ...(more > 0 ? [faint(`  and ${more} more`)] : []),
  ]
}
