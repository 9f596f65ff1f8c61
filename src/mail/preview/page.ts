import { type Html, html } from '../../values/html.js'
import { LOCALES } from '../../values/locale.js'
import { MAIL_PURPOSES } from '../state.js'
import type { Finding } from '../translation-gate/finding.js'
import type { Preview } from './preview.js'

const STYLE = `
:root{color-scheme:light}
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f4f2ec;color:#1f2624}
header,main{max-width:76rem;margin:0 auto;padding:1rem}
nav a{margin-right:.75rem}
table{border-collapse:collapse}
td,th{padding:.15rem .75rem .15rem 0;text-align:start}
article{background:#fff;border:1px solid #d9d5c9;border-radius:10px;margin:0 0 1rem;padding:1rem}
article h3{margin:0;font-size:1rem}
.facts{color:#56605c;margin:.25rem 0 .75rem}
.passed{color:#0e5a50;font-weight:600}
.failed{color:#a1281f;font-weight:600}
.bodies{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
iframe,pre{width:100%;height:34rem;margin:0;border:1px solid #d9d5c9;border-radius:8px;background:#fff}
pre{overflow:auto;padding:1rem;box-sizing:border-box;white-space:pre-wrap;unicode-bidi:plaintext;font:13px/1.5 ui-monospace,monospace}
`

/**
 * One page that shows all mails as they look, with their language, direction and what the gate says.
 * It loads nothing and runs nothing: each HTML body stands in a frame without any permission.
 */
export function previewPage(
  previews: readonly Preview[],
  findings: readonly Finding[] | undefined,
): string {
  const failed = previews.filter(({ gate }) => gate !== 'passed')
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'">
<title>Mails to account holders</title><style>${{ markup: STYLE }}</style></head>
<body><header><h1>Mails to account holders</h1>
<p>${previews.length} mails, written and inspected as real ones are. Nothing was sent and no account was read.
${failed.length === 0 ? passed('All passed the gate.') : refused(`${failed.length} did not pass the gate.`)}</p>
${findings ? findingsOf(findings) : undefined}
<nav>${sections(previews).map(({ id, name }) => html`<a href="#${id}">${name}</a>`)}</nav></header>
<main>${sections(previews).map(({ id, name, mails }) => html`<section id="${id}"><h2>${name}</h2>${mails.map(article)}</section>`)}</main>
</body></html>
`.markup
}

const passed = (text: string): Html => html`<span class="passed">${text}</span>`
const refused = (text: string): Html => html`<span class="failed">${text}</span>`

function findingsOf(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<p>${passed('The translation gate found nothing.')}</p>`
  return html`<p>${refused(`The translation gate found ${findings.length}:`)}</p><table>
<tr><th>check</th><th>language</th><th>where</th><th>what</th></tr>
${findings.map(({ check, locale, where, says }) => html`<tr><td>${check}</td><td>${locale}</td><td>${where}</td><td>${says}</td></tr>`)}</table>`
}

const sections = (previews: readonly Preview[]) =>
  MAIL_PURPOSES.flatMap((purpose) =>
    LOCALES.map((locale) => ({
      id: `${purpose}-${locale}`,
      name: `${purpose} ${locale}`,
      mails: previews.filter((each) => each.purpose === purpose && each.locale === locale),
    })),
  ).filter(({ mails }) => mails.length > 0)

const article = (mail: Preview): Html => html`<article>
<h3 dir="${mail.direction}" lang="${mail.locale}">${mail.subject}</h3>
<p class="facts">${mail.purpose} · ${mail.locale} · ${mail.direction} · ${mail.fixture} · ${mail.bytes} bytes ·
${mail.gate === 'passed' ? passed('passed') : refused(mail.gate)}</p>
<div class="bodies"><iframe title="${`${mail.purpose} ${mail.locale} ${mail.fixture}`}" sandbox loading="lazy" srcdoc="${mail.html}"></iframe>
<pre lang="${mail.locale}">${mail.text}</pre></div></article>`
