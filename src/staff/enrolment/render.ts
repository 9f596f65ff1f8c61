import { LEAST_ALONE, MOST } from '../../platform/credentials/password-policy.js'
import { sha256 } from '../../platform/hash.js'
import type { Page } from '../../platform/http/page.js'
import { frameOf } from '../../platform/pages/frame.js'
import { PAGE_POLICY } from '../../platform/pages/style.js'
import { type Html, html } from '../../values/html.js'

export type Field = 'password' | 'passwordAgain' | 'code'
export type FieldProblem = { field: Field; says: string }

/** What an invitation offers, ready to be shown; `token` goes with the form. */
export type OfferFacts = { token: string; email: string; secret: string; qr: string }

/** Takes the code from behind the `#`, where no log saw it, and out of the address bar. */
const FILL = `const code=location.hash.slice(1)
if(code){history.replaceState(null,'',location.pathname)
const form=document.forms[0];form.elements.token.value=code;form.submit()}`

const FILL_POLICY = `${PAGE_POLICY}; script-src 'sha256-${Buffer.from(sha256(FILL)).toString('base64')}'`

/** Where an invitation leads. Without scripts the code is pasted. */
export function pastePage(): Page {
  const content = html`
    <h1>Join Cordon</h1>
    <p>Paste your invitation code: everything behind the <code>#</code> of the link you were given.</p>
    <form method="post" action="/enrol">
      <div class="field"><label for="token">Invitation code</label>
        <input id="token" name="token" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" required maxlength="128"></div>
      <button type="submit">Continue</button>
    </form>
    <script>${{ markup: FILL }}</script>`
  return { ...pageOf(200, 'Join Cordon', content), policy: FILL_POLICY }
}

/** Password and authenticator to choose; once more with `problem` beside its field. */
export function enrolPage(offer: OfferFacts, problem?: FieldProblem): Page {
  const content = html`
    <h1>Set up your access</h1>
    ${
      problem
        ? html`<div class="alert" role="alert"><p>Nothing was set up yet. Please look at the marked field below.</p><p><a href="#${problem.field}">${problem.says}</a></p></div>`
        : html`<p>Choose a password that only you know, and bind your authenticator app.</p>`
    }
    <form method="post" action="/enrol/completion">
      <input type="hidden" name="token" value="${offer.token}">
      <div class="field"><label for="account">Account</label>
        <input id="account" type="text" autocomplete="username" value="${offer.email}" readonly></div>
      ${passwordField('password', 'Password', RULES, problem)}
      ${passwordField('passwordAgain', 'Password again', undefined, problem)}
      <h2>Your authenticator app</h2>
      <ol><li>Open the app and add an account.</li><li>Scan this picture with it.</li><li>Type the six digits that the app shows.</li></ol>
      <img class="qr" src="${offer.qr}" alt="QR code for your authenticator app" width="208" height="208">
      <p class="hint">Cannot scan it? Type this key into the app:<br><span class="code">${grouped(offer.secret)}</span></p>
      ${fieldOf({ name: 'code', label: 'Six digits from the app', attributes: CODE }, problem)}
      <button type="submit">Set up</button>
    </form>`
  return pageOf(problem ? 422 : 200, 'Set up your access', content)
}

/** The recovery codes, this once. */
export const enrolledPage = (recoveryCodes: readonly string[]): Page =>
  pageOf(
    200,
    'You can sign in now',
    html`
    <h1>You can sign in now</h1>
    <p>Each of these recovery codes replaces your authenticator once, should you lose it.</p>
    <p>Print this page or write them down, and keep them where only you find them. <strong>They are shown only now.</strong></p>
    <ol class="codes">${recoveryCodes.map((code) => html`<li>${code}</li>`)}</ol>
    <a class="button" href="/">Sign in to Cordon</a>`,
  )

/** One page for unknown, ended and used invitations: a stranger learns nothing. */
export const invalidPage = (): Page =>
  apologyPage(
    410,
    'This invitation does not work',
    'It was used, has ended, or never was. Ask an admin to invite you again.',
  )

export const apologyPage = (status: number, title: string, says: string): Page =>
  pageOf(status, title, html`<h1>${title}</h1><p>${says}</p>`)

const RULES = `${LEAST_ALONE} to ${MOST} characters, any you like. Four unrelated words work well.`
const CODE = html` class="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="40"`
const NEW_PASSWORD = html` type="password" autocomplete="new-password"`

const passwordField = (
  name: Field,
  label: string,
  hint: string | undefined,
  problem: FieldProblem | undefined,
) => fieldOf({ name, label, attributes: NEW_PASSWORD, ...(hint ? { hint } : {}) }, problem)

type FieldSpec = { name: Field; label: string; attributes: Html; hint?: string }

function fieldOf({ name, label, attributes, hint }: FieldSpec, problem?: FieldProblem): Html {
  const error = problem?.field === name ? problem.says : undefined
  const describedBy = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  return html`<div class="field"><label for="${name}">${label}</label>
    <input id="${name}" name="${name}"${attributes} required${describedBy ? html` aria-describedby="${describedBy}"` : undefined}
      aria-invalid="${error ? 'true' : 'false'}"${error ? html` autofocus` : undefined}>
    ${hint ? html`<p id="${name}-hint" class="hint">${hint}</p>` : undefined}
    ${error ? html`<p id="${name}-error" class="error">${error}</p>` : undefined}</div>`
}

const grouped = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? ''

/**
 * With `no-referrer` a browser without Fetch Metadata posts `Origin: null`, and the form would count
 * as another site's. No address of these pages holds a secret.
 */
const REFERRER = html`<meta name="referrer" content="same-origin">`

const pageOf = (status: number, title: string, content: Html): Page => ({
  status,
  html: frameOf({ lang: 'en', dir: 'ltr', title, brand: 'Cordon', content, head: REFERRER }),
  policy: PAGE_POLICY,
})
