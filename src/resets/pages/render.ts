import { leastLength, MOST } from '../../platform/credentials/password-policy.js'
import type { Page } from '../../platform/http/page.js'
import { frameOf } from '../../platform/pages/frame.js'
import { PAGE_POLICY } from '../../platform/pages/style.js'
import { type Html, html } from '../../values/html.js'
import { directionOf, type Locale } from '../../values/locale.js'
import type { ChoiceProblem } from '../choice-problem.js'
import { type Messages, messagesFor } from './messages.js'

/** Who speaks, and in which language. */
export type Voice = { locale: Locale; serviceName: string }

export type FieldName = 'password' | 'passwordAgain' | 'code'
export type FieldProblem = { field: FieldName; problem: ChoiceProblem | 'code_wrong' }

export type FormFacts = {
  /** Where the form goes; left out, to the address it came from. */
  action?: string
  address: string
  hasSecondFactor: boolean
  asksCode: boolean
  problem?: FieldProblem
}

/** The form of a live link. It posts to its own address, so the token stays in the path. */
export function formPage(voice: Voice, facts: FormFacts): Page {
  const say = messagesFor(voice.locale)
  const { choose } = say
  const least = leastLength(facts.hasSecondFactor)
  const problem = facts.problem && { ...facts.problem, text: textOf(say, facts.problem, least) }
  const content = html`
    <h1>${choose.title}</h1>
    ${problem ? alert(choose.retry, problem) : html`<p>${choose.intro}</p>`}
    <ul id="rules" class="soft">${choose.rules(least, MOST).map((rule) => html`<li>${rule}</li>`)}</ul>
    <form method="post"${facts.action ? html` action="${facts.action}"` : undefined}>
      <div class="field"><label for="account">${choose.account}</label>
        <input id="account" type="text" autocomplete="username" value="${facts.address}" readonly dir="ltr"></div>
      ${passwordField({ name: 'password', label: choose.password, describedBy: 'rules' }, problem)}
      ${passwordField({ name: 'passwordAgain', label: choose.passwordAgain }, problem)}
      ${facts.asksCode ? codeField({ label: choose.code, hint: choose.codeHint }, problem) : undefined}
      <button type="submit">${choose.submit}</button>
    </form>`
  return frame(voice, { status: problem ? 422 : 200, title: choose.title, content })
}

/** For those whose mail holds a code instead of a link: they come here by themselves. */
export function codePage(voice: Voice): Page {
  const { typeCode } = messagesFor(voice.locale)
  const content = html`
    <h1>${typeCode.title}</h1>
    <p>${typeCode.intro}</p>
    <form method="post" action="/reset">
      <div class="field"><label for="token">${typeCode.label}</label>
        <input id="token" name="token" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" required dir="ltr"></div>
      <button type="submit">${typeCode.submit}</button>
    </form>`
  return frame(voice, { status: 200, title: typeCode.title, content })
}

export type OfferFacts = { token: string; secret: string; qr: string; problem?: FieldProblem }

/** After a reset; with an offer to add an authenticator when the account has none. */
export function donePage(voice: Voice, done: { heldUntil: Date | null; offer?: OfferFacts }): Page {
  const say = messagesFor(voice.locale)
  const until = (heldUntil: Date) =>
    new Intl.DateTimeFormat(voice.locale, {
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      timeZone: 'UTC',
      timeZoneName: 'short',
    }).format(heldUntil)
  const content = html`
    <h1>${say.done.title}</h1>
    <p>${say.done.signIn}</p>
    <div class="note"><p>${done.heldUntil ? say.done.held(until(done.heldUntil)) : say.done.heldForReview}</p></div>
    <p class="soft">${say.done.mailed}</p>
    ${done.offer ? offer(say, done.offer, html`<h2>${say.enrol.title}</h2>`) : undefined}`
  return frame(voice, { status: 200, title: say.done.title, content })
}

/** The offer again, after a code that was not right. */
export function offerPage(voice: Voice, facts: OfferFacts): Page {
  const say = messagesFor(voice.locale)
  const content = offer(say, facts, html`<h1>${say.enrol.title}</h1>`)
  return frame(voice, { status: 422, title: say.enrol.title, content })
}

export function enrolledPage(voice: Voice, recoveryCodes: readonly string[]): Page {
  const { enrolled } = messagesFor(voice.locale)
  const content = html`
    <h1>${enrolled.title}</h1>
    <p>${enrolled.intro}</p>
    <p>${enrolled.keep} <strong>${enrolled.once}</strong></p>
    <ol class="codes">${recoveryCodes.map((code) => html`<li dir="ltr">${code}</li>`)}</ol>`
  return frame(voice, { status: 200, title: enrolled.title, content })
}

/** One page for unknown, expired and spent links: a stranger learns nothing. */
export function invalidPage(voice: Voice): Page {
  const { invalid } = messagesFor(voice.locale)
  const content = html`<h1>${invalid.title}</h1><p>${invalid.why}</p><p>${invalid.what}</p>`
  return frame(voice, { status: 410, title: invalid.title, content })
}

/** Something outside the form went wrong; nothing was changed. */
export function apologyPage(voice: Voice, kind: 'busy' | 'unreadable', status: number): Page {
  const { title, what } = messagesFor(voice.locale)[kind]
  return frame(voice, { status, title, content: html`<h1>${title}</h1><p>${what}</p>` })
}

type Shown = { field: FieldName; text: string } | undefined

const textOf = (say: Messages, { problem }: FieldProblem, least: number) =>
  say.problems[problem](least, MOST)

/** Leads to the field that is wrong; browsers put the cursor there as well. */
const alert = (retry: string, { field, text }: NonNullable<Shown>): Html =>
  html`<div class="alert" role="alert"><p>${retry}</p><p><a href="#${field}">${text}</a></p></div>`

function passwordField(
  field: { name: 'password' | 'passwordAgain'; label: string; describedBy?: string },
  problem: Shown,
): Html {
  const { name, label, describedBy } = field
  return html`<div class="field"><label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="password" autocomplete="new-password" required${stateOf(name, describedBy, problem)}>
    ${errorOf(name, problem)}</div>`
}

function codeField(words: { label: string; hint?: string }, problem: Shown): Html {
  const hintId = words.hint && 'code-hint'
  return html`<div class="field"><label for="code">${words.label}</label>
    <input id="code" name="code" class="code" type="text" autocomplete="one-time-code" required
      autocapitalize="characters" spellcheck="false" dir="ltr" maxlength="40"${stateOf('code', hintId, problem)}>
    ${words.hint ? html`<p id="code-hint" class="hint">${words.hint}</p>` : undefined}${errorOf('code', problem)}</div>`
}

/** What a field says of itself to those who do not see the page; the wrong one has the cursor. */
function stateOf(name: FieldName, describedBy: string | undefined, problem: Shown): Html {
  const isWrong = problem?.field === name
  const ids = [describedBy, isWrong && `${name}-error`].filter(Boolean).join(' ')
  return html`${ids ? html` aria-describedby="${ids}"` : undefined}${isWrong ? html` aria-invalid="true" autofocus` : undefined}`
}

const errorOf = (name: FieldName, problem: Shown): Html | undefined =>
  problem?.field === name
    ? html`<p id="${name}-error" class="error">${problem.text}</p>`
    : undefined

function offer(say: Messages, facts: OfferFacts, heading: Html): Html {
  const { enrol } = say
  const problem = facts.problem && { ...facts.problem, text: textOf(say, facts.problem, 0) }
  return html`${heading}
    ${problem ? alert(say.choose.retry, problem) : html`<p>${enrol.why}</p>`}
    <ol>${enrol.steps.map((step) => html`<li>${step}</li>`)}</ol>
    <img class="qr" src="${facts.qr}" alt="${enrol.qr}" width="208" height="208">
    <p class="hint">${enrol.byHand}<br><span class="code" dir="ltr">${grouped(facts.secret)}</span></p>
    <form method="post" action="/reset/second-factor">
      <input type="hidden" name="token" value="${facts.token}">
      ${codeField({ label: enrol.code }, problem)}
      <button type="submit">${enrol.submit}</button>
    </form>
    <p class="hint">${enrol.later}</p>`
}

const grouped = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? ''

function frame(
  { locale, serviceName }: Voice,
  { status, title, content }: { status: number; title: string; content: Html },
): Page {
  const { footer } = messagesFor(locale)
  const page = frameOf({
    lang: locale,
    dir: directionOf(locale),
    title,
    brand: serviceName,
    content,
    footer,
  })
  return { status, html: page, policy: PAGE_POLICY }
}
