import { type RequestHandler, Router } from 'express'
import { ACTS } from '../../contract/acts.js'
import { CALLS } from '../../contract/calls.js'
import type { Endpoint } from '../../contract/endpoint.js'
import { type Html, html } from '../../values/html.js'
import { sha256 } from '../hash.js'
import { openApi } from './openapi.js'

/** `/openapi.json` for machines and `/docs` for people: one page, no script, nothing loaded. */
export function docsRoutes(origins: () => { staff: string; public: string }): Router {
  const router = Router({ strict: true, caseSensitive: true })
  let page: string | undefined
  const readPage: RequestHandler = (_req, res) => {
    page ??= docsPage()
    res.set('Content-Security-Policy', POLICY).type('html').send(page)
  }
  router.get('/docs', readPage)
  router.get('/openapi.json', (_req, res) => void res.json(openApi(CALLS, origins())))
  return router
}

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.55 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;text-transform:capitalize}code{font:0.95em ui-monospace,monospace}details{border:1px solid #8884;border-radius:8px;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}pre{overflow:auto;padding:.75rem;background:#8881;border-radius:6px;font-size:.85rem}.verb{display:inline-block;min-width:4.5rem;font-weight:700}.soft{opacity:.75}`

const POLICY = `default-src 'none'; style-src 'sha256-${Buffer.from(sha256(STYLE)).toString('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`

type Operation = { parameters: unknown[]; requestBody?: unknown; responses: unknown }

function docsPage(): string {
  const document = openApi(CALLS, { staff: '', public: '' })
  const paths = document.paths as Record<string, Record<string, Operation>>
  const operationOf = ({ path, method }: Endpoint) =>
    paths[path.replace(/:(\w+)/g, '{$1}')]?.[method]
  const sections = Object.entries(CALLS).map(
    ([noun, calls]) => html`<h2 id="${noun}">${noun}</h2>
      ${calls.map((call) => callEntry(call, operationOf(call)))}`,
  )
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Cordon API</title>
<style>${{ markup: STYLE }}</style></head><body><h1>Cordon API</h1>
<p>JSON over HTTP; times are RFC 3339 in UTC, money is decimal strings, ids are opaque. What is refused is a problem
document (RFC 9457) with a stable <code>type</code>. Send <code>Authorization: Bearer</code> with a key, or the session cookie.
A POST that makes something honours <code>Idempotency-Key</code>. Machines read <a href="/openapi.json">/openapi.json</a>.</p>
${sections}</body></html>`.markup
}

function callEntry(call: Endpoint, operation: Operation | undefined): Html {
  const allowed = call.allow === 'anyone' ? 'anyone' : `${call.allow}: ${ACTS[call.allow].says}`
  const { parameters = [], requestBody, responses } = operation ?? {}
  return html`<details><summary><span class="verb">${call.method.toUpperCase()}</span> <code>${call.path}</code><br>${call.summary}</summary>
    <p class="soft">On the ${call.listener} listener. Allowed: ${allowed}.</p>
    ${parameters.length > 0 ? block('Parameters', parameters) : undefined}
    ${requestBody ? block('Body', requestBody) : undefined}
    ${block('Answers', responses)}</details>`
}

const block = (title: string, content: unknown): Html =>
  html`<p><strong>${title}</strong></p><pre>${JSON.stringify(content, null, 2)}</pre>`
