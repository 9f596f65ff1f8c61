import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { type RequestHandler, Router } from 'express'

const A_YEAR = 'public, max-age=31536000, immutable'

/** Nothing from elsewhere and nothing inline but style sheets that carry this answer's nonce. ASVS 5.0 V3.4.3. */
const policyOf = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/**
 * The console in `folder`: the files it is made of, whose names change with their content, and one
 * page for every address that a browser opens. Answers nothing where it was not built.
 */
export function sitePages(folder: string): Router {
  const router = Router()
  const file = join(folder, 'index.html')
  if (!existsSync(file)) return router
  const page = readFileSync(file, 'utf8')
  const serveFiles = express.static(join(folder, 'assets'), {
    index: false,
    redirect: false,
    setHeaders: (res) => res.set('Cache-Control', A_YEAR),
  })
  const servePage: RequestHandler = (req, res, next) => {
    if (!isPage(req.path) || req.accepts(['json', 'html']) !== 'html') return next()
    const nonce = randomBytes(16).toString('base64')
    res.set('Content-Security-Policy', policyOf(nonce)).type('html')
    res.send(page.replace('%NONCE%', nonce))
  }
  router.use('/assets', serveFiles)
  router.get('/{*page}', servePage)
  return router
}

/** Calls of the API and files have addresses of their own; below the first part a dot is of an id. */
const isPage = (path: string) => !path.startsWith('/v1/') && !/^\/[^/]*\./.test(path)
