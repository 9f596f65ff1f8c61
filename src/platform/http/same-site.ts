import type { RequestHandler } from 'express'
import { Refusal } from '../errors.js'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses requests that change something and that a browser makes for another site (OWASP CSRF
 * Prevention Cheat Sheet: Fetch Metadata, then Origin against Host). Callers without either header
 * are no browsers, and no browser's cookies come with them.
 */
export const refuseCrossSite =
  (ownOrigin: () => string): RequestHandler =>
  (req, _res, next) => {
    if (!SAFE.has(req.method) && !isOwn(req.headers, ownOrigin())) {
      throw new Refusal('cross_site', 'This request came from a page of another site.')
    }
    next()
  }

type Headers = NodeJS.Dict<string | string[]>

function isOwn(headers: Headers, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin, host } = headers
  if (origin === undefined || origin === ownOrigin) return true
  return URL.canParse(String(origin)) && new URL(String(origin)).host === host
}
