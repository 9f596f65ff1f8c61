import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { Refusal } from '../errors.js'

type Schema = z.ZodType

/** A machine or a person who made a request, as authentication found them. */
export type Actor = { id: string; role: string }

/** What `run` is given, already checked against the declaration. */
export type Asked<P, Q, B> = { params: P; query: Q; body: B; actor: Actor; ip: string }

export type RouteSpec<D, P extends Schema, Q extends Schema, B extends Schema, R extends Schema> = {
  method: 'get' | 'post' | 'put' | 'delete'
  path: string
  summary: string
  /** The act a caller must be allowed, or `anyone`. There is no default. */
  allow: string
  /** The largest body, in bytes. */
  limit?: number
  params: P
  query?: Q
  body: B
  answer: { status: number; schema: R }
  run: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>, deps: D) => Promise<z.input<R>>
}

/** A declared endpoint. `bind` makes the handlers that follow authentication. */
export type Route<D> = {
  method: 'get' | 'post' | 'put' | 'delete'
  path: string
  summary: string
  allow: string
  bind: (deps: D) => RequestHandler[]
}

/** For endpoints without parameters or body. `z.undefined()` has no JSON Schema. */
export const Nothing = z.strictObject({}).optional()

const DEFAULT_BODY_BYTES = 16 * 1024

/** Declares one JSON endpoint: its input and its answer are checked, and its act is. */
export function route<D, P extends Schema, B extends Schema, R extends Schema, Q extends Schema>(
  spec: RouteSpec<D, P, Q, B, R>,
): Route<D> {
  const { method, path, summary, allow, limit = DEFAULT_BODY_BYTES } = spec
  return {
    method,
    path,
    summary,
    allow,
    bind: (deps) => [
      ...jsonBody(method, limit),
      async (req, res) => {
        const params = parseInput(spec.params, req.params, 'path')
        const query = spec.query ? parseInput(spec.query, req.query, 'query') : undefined
        const body = parseInput(spec.body, req.body, 'body')
        const asked = { params, query: query as z.output<Q>, body, ...callerOf(req.ip, res) }
        const answer = spec.answer.schema.parse(await spec.run(asked, deps))
        res.status(spec.answer.status).json(answer)
      },
    ],
  }
}

/** Mounts declared routes. `authorise` refuses callers who may not do the act a route names. */
export function mount<D>(
  routes: readonly Route<D>[],
  deps: D,
  authorise: (authorization: string | undefined, act: string) => Promise<Actor>,
): Router {
  const router = Router({ strict: true, caseSensitive: true })
  for (const { method, path, allow, bind } of routes) {
    router[method](path, allowing(allow, authorise), ...bind(deps))
  }
  for (const path of new Set(routes.map((declared) => declared.path))) {
    router.all(path, refuseMethod(routes, path))
  }
  return router
}

function allowing(act: string, authorise: Parameters<typeof mount>[2]): RequestHandler {
  return async (req, res, next) => {
    if (act !== 'anyone') res.locals.actor = await authorise(req.headers.authorization, act)
    next()
  }
}

function refuseMethod(routes: readonly Route<never>[], path: string): RequestHandler {
  const methods = routes.flatMap((declared) => (declared.path === path ? [declared.method] : []))
  const allowed = methods.flatMap((method) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  )
  return (_req, res) => {
    res.set('Allow', allowed.join(', '))
    throw new Refusal('method_not_allowed', `Allowed here: ${allowed.join(', ')}.`)
  }
}

/** JSON only, and uncompressed: a small body cannot become a large one. */
function jsonBody(method: string, limit: number): RequestHandler[] {
  if (method === 'get' || method === 'delete') return []
  const parse = express.json({ limit, inflate: false })
  const insist: RequestHandler = (req, _res, next) => {
    if (hasBody(req) && !(req.is('json') && isUtf8(req))) {
      throw new Refusal('media_type_unsupported', 'Send the body as application/json in UTF-8.')
    }
    next()
  }
  return [insist, parse]
}

/** RFC 8259 §8.1 knows no other; the parser would also take UTF-7 and UTF-32. */
const isUtf8 = ({ headers }: Request) =>
  !/charset/i.test(headers['content-type'] ?? '') ||
  /charset\s*=\s*"?utf-8"?\s*(;|$)/i.test(headers['content-type'] ?? '')

const hasBody = ({ headers }: Request) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Checks input against its schema; refuses with `input_invalid` and the places that are wrong. */
export function parseInput<S extends Schema>(
  schema: S,
  input: unknown,
  where: string,
): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({
    path: [where, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  throw new Refusal('input_invalid', 'Some of the request is not as it should be.', { errors })
}

const NOBODY: Actor = { id: 'anyone', role: 'anyone' }

const callerOf = (ip: string | undefined, res: Response) => ({
  actor: (res.locals.actor as Actor | undefined) ?? NOBODY,
  ip: ip ?? '127.0.0.1',
})
