import { type Html, html } from '../../values/html.js'
import { OUTCOMES } from '../decide.js'
import * as charts from './charts.js'
import { durationText, number, share } from './figures.js'
import { type Cell, facts, figure, foreign, pair, section, table, time, titled } from './parts.js'
import type { SweepReport } from './report.js'
import { OUTCOME_SAYS } from './words.js'

const spaced = (name: string) => name.replaceAll('_', ' ')

export function funnel({ funnel: steps, mail, holds }: SweepReport): Html {
  const counts = steps.map(({ count }) => count)
  const ofStepAbove = counts.map((count, index) => share(count, counts[index - 1] ?? count))
  const bars = steps.map(({ says, count }, index) => ({
    label: says,
    count,
    ...(index > 0 ? { note: ofStepAbove[index] ?? '' } : {}),
  }))
  const rows = steps.map(({ says, unit, count }, index): Cell[] => [
    titled(says, unit),
    count,
    figure(index === 0 ? '' : (ofStepAbove[index] ?? '')),
  ])
  const where = mail.transport === 'smtp' ? '' : ' Mail was accepted by the built-in mailbox only.'
  return section(
    'From exposure to protection',
    `Entries first, accounts from the second step on: each percentage is of the step above. Of the holds, ${number(holds.newlyHeld)} were new and ${number(holds.releasedAgain)} were released again by the sweep itself.${where}`,
    pair(
      charts.funnelChart({ id: 'funnel', title: 'From exposure to protection', bars }),
      table({ caption: 'Funnel', head: ['Step', 'Count', 'Of step above'], rows }),
    ),
  )
}

export function outcomes({ byOutcome, accounts, superseded, tiers: lines }: SweepReport): Html {
  const ends = OUTCOMES.map((outcome) => ({
    label: spaced(outcome),
    count: byOutcome[outcome],
    note: share(byOutcome[outcome], accounts.planned),
    says: OUTCOME_SAYS[outcome],
  }))
  const notYet = { label: 'not done', count: accounts.notYet, says: 'no outcome at this time' }
  const all = [...ends, ...(accounts.notYet > 0 ? [notYet] : [])]
  const foot: Cell[] = ['All', accounts.planned]
  const rows = all.map(({ label, count, says }): Cell[] => [titled(label, says), count])
  const overtaken = superseded.map(({ says, code: reason, count }): Cell[] => [
    titled(says, reason),
    count,
  ])
  const columns = OUTCOMES.filter((outcome) => byOutcome[outcome] > 0)
  const crossed = lines.map(({ tier, accounts: total, outcomes: by }): Cell[] => [
    tier,
    ...columns.map((outcome) => by[outcome]),
    by.not_yet,
    total,
  ])
  return section('What was done', 'Every matched account ends in exactly one outcome.', [
    pair(
      charts.barChart({ id: 'outcomes', title: 'Accounts by outcome', bars: all }),
      table({ caption: 'Accounts by outcome', head: ['Outcome', 'Accounts'], rows, foot }),
    ),
    html`<h3>By tier</h3>`,
    table({
      caption: 'Outcomes of each tier',
      head: ['Tier', ...columns.map(spaced), 'not done', 'All'],
      rows: crossed,
    }),
    overtaken.length > 0
      ? html`<h3>Superseded</h3>${table({ caption: 'Planned, but not done, because the account …', head: ['Reason', 'Accounts'], rows: overtaken })}`
      : html``,
  ])
}

export function mail({ mail: of, resets }: SweepReport): Html {
  const rows = of.lines.map(({ purpose, status, mails, says }): Cell[] => [
    purpose,
    titled(status, says),
    mails,
  ])
  const about = facts([
    ['Resets ordered', number(resets.ordered)],
    ['Link opened', number(resets.opened)],
    ['New password set', number(resets.completed)],
    ['Waiting for the owner', number(resets.waiting)],
    ['Withdrawn or replaced', number(resets.cancelled)],
    ['Ordered later by people', number(resets.orderedLater)],
  ])
  return section('Who was told', of.says, [
    rows.length > 0
      ? table({ caption: 'Mails by purpose', head: ['Mail', 'Status', 'Mails'], rows })
      : html`<p>No mail was staged.</p>`,
    html`<h3>What became of the resets</h3>`,
    about,
  ])
}

export function cases({ cases: of }: SweepReport): Html {
  const says =
    'What a machine must not decide alone is asked of a person. A case is never closed by time.'
  if (of.total === 0) return section('Cases', says, html`<p>The sweep opened no case.</p>`)
  const rows = of.byTier.map(({ tier, status, cases: count, overdue }): Cell[] => [
    tier,
    spaced(status),
    count,
    overdue,
  ])
  const decided = of.decisions.map(({ decision, reason, cases: count }): Cell[] => [
    spaced(decision),
    spaced(reason),
    count,
  ])
  return section('Cases', says, [
    table({
      caption: 'Cases by tier and status',
      head: ['Tier', 'Status', 'Cases', 'Past due'],
      rows,
      foot: ['All', '', of.total, of.overdue],
    }),
    html`<h3>Decisions</h3>`,
    decided.length > 0
      ? table({ caption: 'Decided cases', head: ['Decision', 'Because', 'Cases'], rows: decided })
      : html`<p>None yet.</p>`,
  ])
}

export function timeline({ timeline: events, phases, incident }: SweepReport): Html {
  const since = (at: Date) => (at.getTime() - incident.detectedAt.getTime()) / 1000
  const rows = events.map(({ at, says, who }): Cell[] => [
    html`${foreign(says)}${who ? html`<small>${foreign(who)}</small>` : undefined}`,
    time(at),
    figure(since(at) > 0 ? `+ ${durationText(since(at))}` : ''),
  ])
  const steps = phases.map((phase): Cell[] => [
    phase.says,
    phase.accounts,
    phase.accountsDone,
    figure(`${number(phase.chunksDone)} of ${number(phase.chunks)}`),
    phase.failures,
  ])
  return section(
    'What happened when',
    'A filled dot is an act of a person or of Cordon that is in the audit chain. The line between two dots grows with the logarithm of the time between them.',
    [
      pair(
        html`<div class="scroll"><div class="timeline">${charts.timelineChart('timeline', events)}</div></div>`,
        table({ caption: 'Timeline', head: ['Event', 'When', 'Since noticed'], rows }),
        'table',
      ),
      html`<h3>Steps of the run</h3>`,
      table({
        caption:
          'Each chunk is one transaction; a failed attempt changes nothing and is tried again',
        head: ['Step', 'Accounts', 'Accounts done', 'Chunks done', 'Failed attempts'],
        rows: steps,
      }),
    ],
  )
}

export function checks({ checks: all }: SweepReport): Html {
  const rows = all.map(({ name, invariant, relation, left, right, holds }): Cell[] => [
    html`${name}${invariant ? html`<small>invariant ${invariant}</small>` : undefined}`,
    left,
    figure(holds ? SIGN[relation] : BROKEN[relation]),
    right,
    holds ? html`<span class="yes">✓ holds</span>` : html`<span class="no">✗ fails</span>`,
  ])
  return section(
    'Does it add up?',
    'The two sides of each line are counted in different places, so that something lost or done twice would show here.',
    table({ caption: 'Checks', head: ['Equation', 'Left', '', 'Right', 'Result'], rows }),
  )
}

const SIGN = { equals: '=', at_least: '≥' } as const
const BROKEN = { equals: '≠', at_least: '<' } as const
