import { type Html, html } from '../../values/html.js'
import { askedFor } from '../approve.js'
import { sum } from './checks.js'
import * as effect from './effect-sections.js'
import { number, visible } from './figures.js'
import { mailing } from './mailing-section.js'
import { foreign, time } from './parts.js'
import * as plan from './plan-sections.js'
import type { FunnelStep, MailLine, SweepReport } from './report.js'
import { STYLE } from './style.js'

/**
 * What the page may do: show itself. `unsafe-inline` for its one style sheet, because a hash would
 * not survive a mail gateway that changes line ends, and a report is kept for years.
 */
export const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

const SECTIONS: readonly ((report: SweepReport) => Html)[] = [
  effect.funnel,
  effect.timeline,
  plan.incident,
  plan.exposure,
  plan.tiers,
  plan.scores,
  plan.authority,
  effect.outcomes,
  effect.mail,
  mailing,
  effect.cases,
  effect.checks,
]

/**
 * The report as one HTML document that loads nothing and runs no script: it can be mailed, printed
 * and archived. Every value in it is escaped.
 */
export function renderReport(report: SweepReport): string {
  const { incident, sweep, asOf } = report
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Sweep report: ${visible(incident.title)}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<header>
<p class="eyebrow">Sweep report</p>
<h1>${foreign(incident.title)}</h1>
<p class="lead">${summary(report)}</p>
<p><span class="status">${sweep.status}</span>${sweep.says}</p>
<p class="soft">As of ${time(asOf)}. Incident ${foreign(incident.id)}, sweep ${foreign(sweep.id)}.</p>
<ul class="stamps">${stamps(report)}</ul>
</header>
<main>
${SECTIONS.map((section) => section(report))}
</main>
<footer>
<p>All times are UTC. The report holds counts, codes and ids only: addresses stay in the directory, and accounts are named by the platform’s own ids in the CSV that belongs to this report. The audit chain is verified with <code>cordon audit verify</code>, offline too.</p>
</footer>
</body>
</html>
`
  return page.markup
}

function summary({
  exposure,
  accounts,
  holds,
  cases,
  mail,
  funnel,
  byOutcome,
}: SweepReport): string {
  const exposed = `${many(exposure.exposed, 'entry was', 'different entries were')} exposed; ${many(accounts.planned, 'account has', 'accounts have')} one of those addresses.`
  if (accounts.done === 0 && holds.held === 0) return `${exposed} Nothing was done to any account.`
  const reached = (step: FunnelStep['step']) =>
    funnel.find((each) => each.step === step)?.count ?? 0
  const told =
    mail.transport === 'smtp'
      ? `Mail servers accepted ${many(reached('mailed'), 'reset mail', 'reset mails')}.`
      : 'Nobody outside was told.'
  return [
    exposed,
    `Cordon held the value of ${number(holds.held)} and ended the passwords of ${number(byOutcome.reset_ordered)}.`,
    told,
    `${many(reached('completed'), 'owner has', 'owners have')} set a new password so far.`,
    cases.total > 0
      ? `${many(cases.total - cases.decided, 'case waits', 'cases wait')} for a person.`
      : '',
  ].join(' ')
}

const many = (count: number, one: string, more: string) =>
  `${number(count)} ${count === 1 ? one : more}`

function stamps(report: SweepReport): Html[] {
  return [checksStamp(report), eyesStamp(report), mailStamp(report)]
}

function checksStamp({ checks }: SweepReport): Html {
  const broken = checks.filter(({ holds }) => !holds).length
  if (checks.length === 0) return stamp('warn', 'Nothing to check', 'There is no plan.')
  if (broken === 0) {
    return stamp('good', '✓ It adds up', `All ${checks.length} checks of this report hold.`)
  }
  return stamp(
    'bad',
    '✗ It does not add up',
    `${broken} of ${checks.length} checks fail. They are listed below.`,
  )
}

function eyesStamp({ sweep }: SweepReport): Html {
  const others = sweep.approvals.filter(
    ({ approver, ofThisPlan }) => ofThisPlan && !askedFor(approver, sweep),
  ).length
  if (!sweep.fourEyes) {
    return stamp('warn', '! Four eyes off', 'One person alone could plan, approve and run this.')
  }
  const approved = `Approved by ${many(others, 'person', 'people')} other than the requester.`
  return stamp('good', '✓ Four eyes on', others > 0 ? approved : 'Not approved by anybody yet.')
}

function mailStamp({ mail }: SweepReport): Html {
  if (mail.transport === 'embedded_mailbox') {
    const why = 'Mail goes to the built-in mailbox, which delivers nowhere.'
    return stamp('warn', '! Nobody outside was told', why)
  }
  const count = (...statuses: MailLine['status'][]) =>
    sum(mail.lines, ({ status, mails }) => (statuses.includes(status) ? mails : 0))
  const short = [
    { mails: count('rejected'), says: 'refused' },
    { mails: count('unknown'), says: 'may not have arrived' },
    { mails: count('withdrawn'), says: 'withdrawn' },
    { mails: count('staged', 'sending'), says: 'still waiting' },
  ].filter(({ mails }) => mails > 0)
  if (short.length > 0) {
    const what = short.map(({ mails, says }) => `${number(mails)} ${says}`).join(', ')
    return stamp('warn', '! Not everybody was told', `Of the mails: ${what}.`)
  }
  if (!mail.toldOutside) return stamp('warn', '! Nobody was told', 'There was no mail to send.')
  return stamp('good', '✓ Mail went out', 'Mail servers accepted every mail.')
}

const stamp = (kind: 'good' | 'warn' | 'bad', title: string, says: string) =>
  html`<li class="stamp ${kind}"><strong>${title}</strong>${says}</li>`
