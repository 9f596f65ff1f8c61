import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { Refusal } from '../errors.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import { problemOf, unknownProblem } from './problem.js'
import { refusalOf } from './refusal-of.js'
import { requestId, withRequestId } from './request-id.js'

/** For every answer; pages loosen the policy for their own style sheet. ASVS 5.0 V3.4. */
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
}

const RETRY_SECONDS = 5

export type Readiness = () => Promise<Record<string, boolean>>

export type HttpDeps = {
  log: Log
  readiness: Readiness
  metrics?: Metrics
  /** Whose word about the caller's address is believed (`X-Forwarded-For`); nobody's when left out. */
  trustedProxies?: readonly string[]
}

/**
 * An Express application with what all answers share: request ids, headers, health, and problem
 * documents for every refusal. `addRoutes` mounts what is particular to a listener.
 */
export function createHttpApp(
  { log, readiness, metrics, trustedProxies = [] }: HttpDeps,
  addRoutes: (app: Express) => void,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', trustedProxies.length > 0 ? [...trustedProxies] : false)
  app.set('query parser', 'simple')
  app.use(prepare(log, metrics))
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
  app.get('/readyz', answerReadiness(readiness))
  addRoutes(app)
  app.use(() => {
    throw new Refusal('not_found', 'Nothing is at this address.')
  })
  app.use(answerProblem(log))
  return endingWith(app, noteLate(log))
}

type Handle = (req: Request, res: Response, last?: (error?: unknown) => void) => void

/** Express prints what reaches the end as it is: with what was asked, and whatever that holds. */
function endingWith(app: Express, last: (req: Request, res: Response, error: unknown) => void) {
  const { handle } = app as unknown as { handle: Handle }
  const ending: Handle = (req, res) => handle.call(app, req, res, (error) => last(req, res, error))
  return Object.assign(app, { handle: ending })
}

/** What fails once more after its problem was told, as when the database was away meanwhile. */
const noteLate = (log: Log) => (req: Request, res: Response, error: unknown) => {
  if (!refusalOf(error)) log.error('http.failed', { error: kindOf(error) })
  if (!res.writableEnded) req.socket.destroy()
}

function prepare(log: Log, metrics: Metrics | undefined): RequestHandler {
  return (req, res, next) => {
    withRequestId(() => {
      const startedAt = performance.now()
      const id = requestId()
      res.set(HEADERS).set('X-Request-Id', id)
      res.on('finish', () => {
        const tookMs = Math.round(performance.now() - startedAt)
        // The pattern, never the path: a path can hold a token.
        const route = `${req.method} ${req.baseUrl}${String(req.route?.path ?? '*')}`
        const { statusCode: status } = res
        log.info('http.answered', { requestId: id, route, status, tookMs })
        metrics?.answered({ route, status, seconds: tookMs / 1000 })
      })
      next()
    })
  }
}

function answerReadiness(readiness: Readiness): RequestHandler {
  return async (_req, res) => {
    const parts = await readiness()
    const isReady = Object.values(parts).every(Boolean)
    res.status(isReady ? 200 : 503).json({ status: isReady ? 'ready' : 'not_ready', parts })
  }
}

function answerProblem(log: Log): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.writableEnded) return // whoever waited was told already that the database is away
    const refusal = refusalOf(error)
    if (!refusal) log.error('http.failed', { requestId: requestId(), error: kindOf(error) })
    if (res.headersSent) return next(error)
    const problem = refusal ? problemOf(refusal, requestId()) : unknownProblem(requestId())
    if (problem.status === 401) res.set('WWW-Authenticate', 'Bearer')
    if (problem.status === 429 || problem.status === 503) {
      res.set('Retry-After', `${refusal?.options.retryAfter ?? RETRY_SECONDS}`)
    }
    res.status(problem.status).type('application/problem+json').json(problem)
  }
}

/** A message can quote what was sent: the log gets the kind of error and its first code line. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  const code = (error as { code?: unknown }).code
  return [error.name, code, place?.trim()].filter(Boolean).join(' ')
}
