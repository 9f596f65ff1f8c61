import { type Html, html } from '../../values/html.js'
import * as charts from './charts.js'
import { durationText, number, share } from './figures.js'
import {
  type Cell,
  code,
  facts,
  figure,
  foreign,
  pair,
  section,
  table,
  time,
  titled,
} from './parts.js'
import type { SweepReport } from './report.js'

export function incident({ incident: of, sweep, durations, lists }: SweepReport): Html {
  const span = (seconds: number | null) => (seconds === null ? '–' : durationText(seconds))
  const about = facts([
    ['Exposed', time(of.occurredAt)],
    ['Noticed', time(of.detectedAt)],
    ['72 hours after noticing', html`${time(of.regulatorDeadlineAt)} (GDPR Article 33)`],
    ['Noticed → value held', span(durations.detectionToHoldsSeconds)],
    ['Noticed → sweep finished', span(durations.detectionToFinishSeconds)],
    ['Planning took', span(durations.planningSeconds)],
    ['Waiting for approval', span(durations.approvalSeconds)],
    ['Running took', span(durations.runSeconds)],
    [
      'Status',
      sweep.statusReason ? foreign(`${sweep.status}: ${sweep.statusReason}`) : sweep.status,
    ],
  ])
  const rows = lists.map((list): Cell[] => [
    html`${foreign(list.name)}<small>${list.format}, SHA-256 ${code(list.sha256)}</small>`,
    list.entries,
    list.accepted,
    list.duplicates,
    list.rejected,
  ])
  const head = ['List', 'Entries', 'Different', 'Repeated', 'Rejected']
  return section('The incident', 'When it happened, when it was noticed, and what was exposed.', [
    about,
    html`<h3>Sources</h3>`,
    table({ caption: 'Lists of exposed addresses, by the SHA-256 of their content', head, rows }),
  ])
}

export function authority({ sweep }: SweepReport): Html {
  const about = facts([
    ['Requested by', foreign(sweep.requestedBy)],
    ['Four eyes', sweep.fourEyes ? 'on' : 'off: one person may approve their own plan'],
    ['Approvals needed', sweep.approvalsNeeded === null ? '–' : number(sweep.approvalsNeeded)],
    ['Resets in the plan', sweep.resets === null ? '–' : number(sweep.resets)],
    ['Plan digest', sweep.planDigest ? code(sweep.planDigest) : '–'],
    ['Policy', html`${foreign(sweep.policyVersion)}, SHA-256 ${code(sweep.policySha256)}`],
    ['Mail revision', code(sweep.mailRevision)],
    ['Hostile logins counted since', time(sweep.windowStart)],
  ])
  const rows = sweep.approvals.map((approval): Cell[] => [
    foreign(approval.approver),
    time(approval.at),
    approval.expectedResets,
    approval.ofThisPlan ? 'this plan' : 'another plan',
  ])
  const head = ['Approved by', 'When', 'Resets expected', 'For']
  return section(
    'Who agreed to what',
    'A plan is stored before anything runs, bound by its digest. An approval names that digest and the number of resets its giver expects.',
    rows.length > 0
      ? [about, html`<h3>Approvals</h3>`, table({ caption: 'Approvals, oldest first', head, rows })]
      : [about, html`<h3>Approvals</h3><p>None.</p>`],
  )
}

export function exposure({ exposure: of, accounts }: SweepReport): Html {
  const rows: Cell[][] = [
    [titled('Entries', 'lines and recipients on all lists'), of.entries],
    [titled('Duplicates', 'the same address again'), of.duplicates],
    [titled('Exposed', 'entries without duplicates'), of.exposed],
    [titled('Matched', 'addresses with at least one account'), of.matched],
    [titled('Unknown', 'addresses without an account'), of.unknown],
    [titled('Rejected', 'entries that are no address'), of.rejected],
  ]
  const sums = facts([
    [
      'Entries',
      `${number(of.entries)} = ${number(of.exposed)} exposed + ${number(of.duplicates)} duplicates`,
    ],
    [
      'Exposed',
      `${number(of.exposed)} = ${number(of.matched)} matched + ${number(of.unknown)} unknown + ${number(of.rejected)} rejected`,
    ],
    [
      'Accounts',
      `${number(accounts.planned)}, of which ${number(accounts.equivalent)} only by an alias of an exposed address; people decide about those`,
    ],
  ])
  return section(
    'What was exposed',
    'Several addresses can belong to one account, and one address to several, so matched addresses and accounts need not be the same number.',
    html`<div class="pair">${table({ caption: 'Exposure', head: ['', 'Count'], rows })}${sums}</div>`,
  )
}

export function tiers({ tiers: lines, accounts }: SweepReport): Html {
  const bars = lines.map(({ tier, accounts: count }) => ({
    label: tier,
    count,
    note: share(count, accounts.planned),
  }))
  const rows = lines.map(({ tier, says, effects, accounts: count }): Cell[] => [
    titled(tier, `${says} → ${effects.join(', ')}`),
    count,
    figure(share(count, accounts.planned)),
  ])
  return section(
    'How endangered the accounts were',
    'The policy puts every account into the first tier whose condition it meets; the tier says what is done.',
    pair(
      charts.barChart({ id: 'tiers', title: 'Accounts by tier', bars }),
      table({
        caption: 'Accounts by tier',
        head: ['Tier → effects', 'Accounts', 'Share'],
        rows,
        foot: ['All', accounts.planned, figure(share(accounts.planned, accounts.planned))],
      }),
    ),
  )
}

export function scores({ histogram, byReason, accounts }: SweepReport): Html {
  const rows = histogram.map((count, band): Cell[] => [
    charts.bandText(band),
    count,
    figure(share(count, accounts.planned)),
  ])
  const why = byReason.map(({ code: reason, says, count }): Cell[] => [
    titled(says, reason),
    count,
    figure(share(count, accounts.planned)),
  ])
  return section(
    'Scores',
    'From 0 to 100. A score is the sum of the points of the policy’s rules that apply to an account; what is not known counts as the bad case.',
    [
      pair(
        charts.histogramChart('scores', histogram),
        table({ caption: 'Accounts by score', head: ['Score', 'Accounts', 'Share'], rows }),
      ),
      html`<h3>Why</h3>`,
      table({
        caption: 'Accounts by reason; an account can have several',
        head: ['The account …', 'Accounts', 'Share'],
        rows: why,
      }),
    ],
  )
}
