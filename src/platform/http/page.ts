import express, { type Request, type RequestHandler, type Response } from 'express'
import type { z } from 'zod'
import { Refusal } from '../errors.js'
import { refusalOf } from './refusal-of.js'
import { parseInput, type Route } from './route.js'

/** A rendered page; `policy` is its Content-Security-Policy. */
export type Page = { status: number; html: string; policy: string }

/** Where a page was asked for: the language is the browser's wish, not the account's. */
export type PageAsked<P, F> = { params: P; form: F; acceptLanguage: string }

type Schema = z.ZodType

export type PageSpec<D, P extends Schema, F extends Schema> = {
  method: 'get' | 'post'
  path: string
  summary: string
  params: P
  form: F
  run: (asked: PageAsked<z.output<P>, z.output<F>>, deps: D) => Promise<Page>
  /** The page for a refusal, also when the form could not be read. */
  refuse: (refusal: Refusal, asked: PageAsked<unknown, unknown>, deps: D) => Promise<Page>
}

const FORM_BYTES = 8 * 1024
const FORM_FIELDS = 10
const RETRY_SECONDS = 5

/** Declares one page for people without a session: HTML, forms, no scripts. */
export function page<D, P extends Schema, F extends Schema>(spec: PageSpec<D, P, F>): Route<D> {
  const { method, path, summary, run, refuse } = spec
  const answer = async (req: Request, res: Response, deps: D) => {
    const acceptLanguage = req.headers['accept-language'] ?? ''
    try {
      const posted = method === 'post' ? await readForm(req, res) : undefined
      const params = parseInput(spec.params, req.params, 'path')
      const form = parseInput(spec.form, posted, 'form')
      send(res, await run({ params, form, acceptLanguage }, deps))
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) throw error
      if (refusal.code === 'throttled') res.set('Retry-After', `${RETRY_SECONDS}`)
      const asked = { params: req.params, form: req.body ?? {}, acceptLanguage }
      send(res, await refuse(refusal, asked, deps))
    }
  }
  const bind = (deps: D): RequestHandler[] => [(req, res) => answer(req, res, deps)]
  return { method, path, summary, allow: 'anyone', bind }
}

const parseForm = express.urlencoded({
  extended: false,
  limit: FORM_BYTES,
  parameterLimit: FORM_FIELDS,
  inflate: false,
})

/** Inside the handler, so that an unreadable form is answered with a page as well. */
async function readForm(req: Request, res: Response): Promise<unknown> {
  if (!req.is('urlencoded')) {
    throw new Refusal('media_type_unsupported', 'Send application/x-www-form-urlencoded.')
  }
  await new Promise<void>((resolve, reject) => {
    parseForm(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
  })
  return req.body
}

function send(res: Response, { status, html, policy }: Page): void {
  res.status(status).set('Content-Security-Policy', policy).type('html').send(html)
}
