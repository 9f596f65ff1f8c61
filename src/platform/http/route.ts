import { AsyncResource } from 'node:async_hooks'
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express'
import type { z } from 'zod'
import type { Answers, Endpoint, Schema } from '../../contract/endpoint.js'
import type { Tx } from '../db.js'
import { Refusal } from '../errors.js'
import type { Pulse } from '../pulse.js'
import { type OnceDeps, once } from './idempotency.js'

/** A person or a machine who made a request, as authentication found them. */
export type Actor = {
  id: string
  roles: readonly string[]
  /** Showed a second factor in the last five minutes; machines have none to show. */
  isFresh: boolean
  /** Of the session a person came with. */
  sessionId?: string
}

/** What `run` is given, already checked against the declaration. */
export type Asked<E extends Endpoint> = {
  params: z.output<E['params']>
  query: z.output<E['query']>
  body: z.output<E['body']>
  actor: Actor
  from: Caller
}
/** Where a request came from. */
export type Caller = { ip: string; userAgent: string; ifMatch: string | undefined }

/** One of the declared answers. */
export type Answer<A extends Answers> = {
  [S in keyof A]: {
    status: S
    body: z.input<A[S]>
    headers?: Readonly<Record<string, string>>
  }
}[keyof A]

/** One declared answer: `answer(201, made)`. */
export const answer = <S extends number, B>(
  status: S,
  body: B,
  headers: Readonly<Record<string, string>> = {},
): { status: S; body: B; headers: Readonly<Record<string, string>> } => ({ status, body, headers })

type Bind<D> = (deps: D) => RequestHandler[]

/** A mounted call: `call` is its declaration, and is missing for pages that people see. */
export type Route<D> = Pick<Endpoint, 'method' | 'path' | 'summary' | 'allow'> & {
  call?: Endpoint
  bind: Bind<D>
}

/** Answers a declared call: its input and its answer are checked. */
export function serve<D, P extends Schema, Q extends Schema, B extends Schema, A extends Answers>(
  call: Endpoint<P, Q, B, A>,
  run: (asked: Asked<Endpoint<P, Q, B, A>>, deps: D) => Promise<Answer<A>>,
): Route<D> {
  const bind: Bind<D> = (deps) => [
    ...jsonBody(call),
    async (req, res) => {
      const given = await run(readAsked(call, req, res), deps)
      send(res, { ...given, body: checked(call, given) })
    },
  ]
  return { ...named(call), call, bind }
}

/**
 * Answers a declared call that makes something: everything it does joins the one transaction that
 * also keeps its `Idempotency-Key`, so that asking again gives the first answer again (I12).
 */
export function serveOnce<
  D extends OnceDeps,
  P extends Schema,
  Q extends Schema,
  B extends Schema,
  A extends Answers,
>(
  call: Endpoint<P, Q, B, A>,
  run: (asked: Asked<Endpoint<P, Q, B, A>>, tx: Tx, deps: D) => Promise<Answer<A>>,
): Route<D> {
  const bind: Bind<D> = (deps) => [
    ...jsonBody(call),
    async (req, res) => {
      const asked = readAsked(call, req, res)
      const request = {
        key: req.get('idempotency-key'),
        actor: asked.actor.id,
        what: [call.method, req.originalUrl, req.body] as const,
      }
      const given = await once(deps, request, async (tx) => {
        const made = await run(asked, tx, deps)
        return { ...made, status: Number(made.status), body: checked(call, made) }
      })
      send(res, given)
    },
  ]
  return { ...named(call), call, bind }
}

/** Answers a declared call whose body or answer is no JSON document: files and streams. */
export function serveRaw<D, P extends Schema, Q extends Schema, B extends Schema>(
  call: Endpoint<P, Q, B>,
  run: (
    asked: Omit<Asked<Endpoint<P, Q, B>>, 'body'>,
    http: { req: Request; res: Response },
    deps: D,
  ) => Promise<void>,
): Route<D> {
  const bind: Bind<D> = (deps) => [
    async (req, res) => run(readAsked({ ...call, body: ANYTHING }, req, res), { req, res }, deps),
  ]
  return { ...named(call), call, bind }
}

const ANYTHING = { safeParse: () => ({ success: true, data: undefined }) } as unknown as Schema

const named = ({ method, path, summary, allow }: Endpoint) => ({ method, path, summary, allow })

function readAsked<E extends Endpoint>(call: E, req: Request, res: Response): Asked<E> {
  return {
    params: parseInput(call.params, req.params, 'path'),
    query: parseInput(call.query, req.query, 'query'),
    body: parseInput(call.body, req.body, 'body'),
    actor: (res.locals.actor as Actor | undefined) ?? NOBODY,
    from: {
      ip: req.ip ?? '127.0.0.1',
      userAgent: (req.get('user-agent') ?? '').replace(/\p{Cc}/gu, ' ').slice(0, 512),
      ifMatch: req.get('if-match'),
    },
  } as Asked<E>
}

/** The answer's body as its schema lets it out: nothing that was not declared leaves. */
const checked = (call: Endpoint, answer: { status: unknown; body: unknown }): unknown =>
  call.answers[Number(answer.status)]?.parse(answer.body)

type Sent = { status: unknown; body: unknown; headers?: Readonly<Record<string, string>> }

function send(res: Response, { status, body, headers = {} }: Sent): void {
  if (res.headersSent) return // its caller was told meanwhile that the database is away
  res.status(Number(status)).set(headers)
  if (body === undefined) res.end()
  else res.json(body)
}

/** What comes with a request and may say who made it. */
export type Credentials = { authorization: string | undefined; cookie: string | undefined }

/** What stands before every route of a listener. */
export type Guard = {
  /** Refuses callers who may not do the act a route names, or not with a factor shown this long ago. */
  authorise(credentials: Credentials, act: string, fresh: boolean): Promise<Actor>
  /** Refuses with `throttled` who asks too much; by default nobody. */
  pace?(caller: string): Promise<void>
  /** Nobody waits for a database that answers nothing. */
  pulse?: Pulse | undefined
}

/** Mounts routes behind a guard. */
export function mount<D>(routes: readonly Route<D>[], deps: D, guard: Guard): Router {
  const router = Router({ strict: true, caseSensitive: true })
  for (const { method, path, allow, call, bind } of routes) {
    router[method](
      path,
      guarding({ act: allow, fresh: call?.fresh ?? false }, guard),
      ...bind(deps),
    )
  }
  for (const path of new Set(routes.map((declared) => declared.path))) {
    router.all(path, refuseMethod(routes, path))
  }
  return router
}

function guarding(
  { act, fresh }: { act: string; fresh: boolean },
  { authorise, pace = async () => undefined, pulse }: Guard,
): RequestHandler {
  return async (req, res, next) => {
    if (pulse) refuseWhileAway(pulse, res, next)
    if (pulse?.isAway()) return
    if (act === 'anyone') await pace(`ip:${req.ip}`)
    else {
      const { authorization, cookie } = req.headers
      const actor = await authorise({ authorization, cookie }, act, fresh)
      res.locals.actor = actor
      await pace(actor.id)
    }
    next()
  }
}

/** Also whoever waits already. What they asked for may still be done: that is why POSTs have keys. */
function refuseWhileAway(pulse: Pulse, res: Response, next: NextFunction): void {
  const refuse = () => {
    if (!res.headersSent)
      next(new Refusal('service_unavailable', 'The database is away. Try again.'))
  }
  if (pulse.isAway()) refuse()
  else res.on('close', pulse.onAway(AsyncResource.bind(refuse))) // which keeps the request's id
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
function jsonBody({ method, limit }: Endpoint): RequestHandler[] {
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

const NOBODY: Actor = { id: 'anyone', roles: [], isFresh: false }
