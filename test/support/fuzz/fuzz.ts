import fc from 'fast-check'
import { anything, field, fieldOf, type JsonSchema, nasty, type Offer } from './arbitrary.js'

type Parameter = { name: string; in: 'path' | 'query' | 'header'; schema: JsonSchema }
type Content = Record<string, { schema: JsonSchema }>
type Operation = {
  operationId: string
  parameters: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}
export type ApiDocument = {
  paths: Record<string, Record<string, Operation> & { servers: { url: string }[] }>
}

/** Who asks: their headers are asked for anew each time, for they may have been thrown out. */
export type Asker = { name: string; headers(): Promise<Record<string, string>> }

export type Fuzz = {
  document: ApiDocument
  askers: readonly Asker[]
  /** Ids that exist at the beginning; others are learned from answers. */
  ids: readonly string[]
  requests: number
  seed: number
  /** Calls that are left out, with the reason. */
  except?: Readonly<Record<string, string>>
  onProgress?: (done: number) => void
}

export type Outcome = {
  requests: number
  seconds: number
  /** How often each status was answered. */
  statuses: Record<number, number>
  /** Calls that were let through at least once, of all that were asked. */
  reached: string[]
  asked: string[]
  problems: string[]
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])
const AT_ONCE = 8
const IDS =
  /\b(?:(?:inc|lst|swp|stf|ses|key|evp|wat)_[0-9a-z]{16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g

/**
 * Asks every call of an API document, with what it allows and with what it does not. A problem is an
 * answer that the document does not know: a status, a refusal, or a bug (5xx other than 503).
 */
export async function fuzz(asked: Fuzz): Promise<Outcome> {
  const known = new Set<string>(['inc_0000000000000000', ...asked.ids])
  const things = new Map<string, Thing>()
  const operations = operationsOf(asked)
  const random = fc.sample(fc.nat(), { seed: asked.seed, numRuns: 1 })[0] ?? 0
  const outcome: Outcome = {
    requests: 0,
    seconds: 0,
    statuses: {},
    reached: [],
    asked: operations.map(({ id }) => id),
    problems: [],
  }
  const reached = new Set<string>()
  const startedAt = performance.now()
  let round = 0
  while (outcome.requests < asked.requests && outcome.problems.length < 20) {
    round += 1
    const batch = fc.sample(
      requestOf(operations, asked.askers, { ids: [...known], things: [...things.values()] }),
      {
        seed: random + round,
        numRuns: Math.min(100, asked.requests - outcome.requests),
      },
    )
    for (const answer of await sendAll(batch)) {
      count(answer, { outcome, reached, known })
      learn(answer, things)
    }
    asked.onProgress?.(outcome.requests)
  }
  outcome.seconds = (performance.now() - startedAt) / 1000
  outcome.reached = [...reached].sort()
  return outcome
}

async function sendAll(batch: readonly Request[]): Promise<Answered[]> {
  const answers: Answered[] = []
  for (let at = 0; at < batch.length; at += AT_ONCE) {
    answers.push(...(await Promise.all(batch.slice(at, at + AT_ONCE).map(send))))
  }
  return answers
}

function count(
  { request, status, text, problem }: Answered,
  seen: { outcome: Outcome; reached: Set<string>; known: Set<string> },
): void {
  const { outcome, reached, known } = seen
  outcome.requests += 1
  outcome.statuses[status] = (outcome.statuses[status] ?? 0) + 1
  if (status < 400) reached.add(request.operation.id)
  if (problem) outcome.problems.push(problem)
  for (const id of text.match(IDS) ?? []) known.add(id)
}

/** The fields of something that an answer showed, with those of what it was shown in. */
type Thing = Readonly<Record<string, unknown>> & { id: string }

/** Remembers what answers show of what has an id: its fence, its digest, its policy. */
function learn({ status, isJson, text }: Answered, things: Map<string, Thing>): void {
  if (status >= 400 || !isJson) return
  const walk = (value: unknown, above: object): void => {
    if (Array.isArray(value)) for (const each of value.slice(-20)) walk(each, above)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    const { id } = value as { id?: unknown }
    const flat = Object.fromEntries(
      Object.entries(value).filter(([, each]) => typeof each !== 'object'),
    )
    if (typeof id === 'string') {
      const before = things.get(id)
      things.delete(id)
      things.set(id, { ...before, ...above, ...flat, id })
    }
    for (const each of Object.values(value)) walk(each, flat)
  }
  walk(JSON.parse(text), {})
  for (const id of things.keys()) {
    if (things.size <= 400) break
    things.delete(id)
  }
}

/** Whether the thing tells all that a call's body must say. */
const knowsAll = (thing: Thing, { operation }: Known): boolean =>
  (operation.requestBody?.content['application/json']?.schema.required ?? []).every(
    (name) => fieldOf(thing, name) !== undefined,
  )

type Known = { id: string; method: string; path: string; origin: string; operation: Operation }

function operationsOf({ document, except = {} }: Fuzz): Known[] {
  return Object.entries(document.paths).flatMap(([path, { servers, ...methods }]) =>
    Object.entries(methods as Record<string, Operation>)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        origin: servers[0]?.url ?? '',
        operation,
      }))
      .filter(({ id }) => !Object.hasOwn(except, id)),
  )
}

type Request = {
  operation: Known
  asker: Asker
  url: string
  headers: Record<string, string>
  body: string | undefined
}

function requestOf(
  operations: readonly Known[],
  askers: readonly Asker[],
  { ids, things }: { ids: readonly string[]; things: readonly Thing[] },
): fc.Arbitrary<Request> {
  const pool = fc.constantFrom(...ids.slice(-400))
  return fc
    .tuple(fc.constantFrom(...operations), fc.constantFrom(...askers), fc.nat())
    .chain(([operation, asker, at]) => {
      const fitting = things.filter(({ id }) => fits(operation, id))
      const able = fitting.filter((thing) => knowsAll(thing, operation))
      const from = at % 4 && able.length > 0 ? able : fitting
      const thing = from.at(-1 - ((at >> 2) % from.length))
      const offer = { pool, thing: thing ?? {} }
      return fc
        .record({
          path: pathOf(operation, ids, thing),
          query: queryOf(operation, offer),
          headers: headersOf(operation),
          body: bodyOf(operation, offer),
        })
        .map(({ path, query, headers, body }) => ({
          operation,
          asker,
          url: `${operation.origin}${path}${query}`,
          headers: { ...headers, ...body.headers },
          body: body.text,
        }))
    })
}

const named = ({ operation }: Known, where: Parameter['in']) =>
  operation.parameters.filter((parameter) => parameter.in === where)

/** What the ids of a noun look like. */
const KINDS: Readonly<Record<string, RegExp>> = {
  incidents: /^inc_/,
  lists: /^lst_/,
  sweeps: /^swp_/,
  cases: /^[0-9a-f]{8}-/,
  sessions: /^ses_/,
  staff: /^stf_/,
  keys: /^key_/,
  'event-endpoints': /^evp_/,
}

const nounOf = ({ path }: Known) => path.split('/{')[0]?.split('/').at(-1) ?? ''
const fits = (known: Known, id: string) => KINDS[nounOf(known)]?.test(id) ?? !/_|-/.test(id)

function pathOf(known: Known, ids: readonly string[], thing?: Thing): fc.Arbitrary<string> {
  const names = named(known, 'path').map(({ name }) => name)
  const fitting = thing ? [thing.id] : ids.filter((id) => fits(known, id)).slice(-100)
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
    nasty.map(asText),
  )
  const segment = fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(...(fitting.length > 0 ? fitting : ids)) },
    { weight: 1, arbitrary: fc.constantFrom(...ids) },
    // A path of dots alone is another path: it is resolved before it is sent.
    { weight: 2, arbitrary: text.filter((each) => !/^\.*$/.test(each)) },
  )
  return fc
    .array(segment, { minLength: names.length, maxLength: names.length })
    .map((values) =>
      names.reduce(
        (path, name, at) => path.replace(`{${name}}`, encode(values[at] ?? 'x')),
        known.path,
      ),
    )
}

const asText = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

/** A lone surrogate has no UTF-8. */
const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString())

function queryOf(known: Known, offer: Offer): fc.Arbitrary<string> {
  const names = named(known, 'query')
  const pairs = names.map(({ name, schema }) =>
    fc
      .oneof({ weight: 4, arbitrary: field(name, schema, offer) }, { weight: 1, arbitrary: nasty })
      .map((value) => `${name}=${encode(asText(value))}`),
  )
  if (pairs.length === 0) return fc.constantFrom('', '', '', '?more=1')
  return fc
    .tuple(...pairs)
    .chain((all) => fc.subarray(all).map((some) => (some.length > 0 ? `?${some.join('&')}` : '')))
}

function headersOf(known: Known): fc.Arbitrary<Record<string, string>> {
  const asked = named(known, 'header').map(({ name }) => name)
  const values = { 'If-Match': fc.constantFrom('"1"', '"2"', '*', 'x'), 'Idempotency-Key': key }
  const fields = Object.fromEntries(
    asked.map((name) => [name, values[name as keyof typeof values] ?? fc.constant('1')]),
  )
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>
}
const key = fc.oneof(fc.constantFrom('a', 'b', ' ', 'x'.repeat(300)), fc.uuid())

function bodyOf({ operation }: Known, offer: Offer) {
  const content = Object.entries(operation.requestBody?.content ?? {})
  if (content.length === 0) return fc.constant({ headers: {}, text: undefined })
  return fc.constantFrom(...content).chain(([type, { schema }]) => {
    if (type !== 'application/json') {
      return fc
        .oneof(
          fc.string({ maxLength: 2_000 }),
          fc.constant('acc1@shop.example\nacc3@shop.example\n'),
        )
        .map((text) => ({ headers: { 'content-type': type }, text }))
    }
    const right = anything(schema, offer).map((value) => JSON.stringify(value) ?? '')
    const text = fc.oneof(
      { weight: 20, arbitrary: right },
      {
        weight: 1,
        arbitrary: fc.constantFrom('', '{', 'null', '['.repeat(5_000), '{"a":'.repeat(500)),
      },
    )
    const types = fc.constantFrom(type, type, type, type, type, type, type, 'text/plain')
    return fc
      .tuple(text, types)
      .map(([sent, as]) => ({ headers: { 'content-type': as }, text: sent }))
  })
}

type Answered = {
  request: Request
  status: number
  isJson: boolean
  text: string
  problem: string | undefined
}

async function send(request: Request): Promise<Answered> {
  const { operation, asker, url, headers, body } = request
  const stop = new AbortController()
  const who = await asker.headers()
  const ask = () =>
    fetch(url, {
      method: operation.method,
      headers: { ...headers, ...who },
      ...(body === undefined || operation.method === 'GET' ? {} : { body }),
      redirect: 'manual',
      signal: stop.signal,
    })
  // A kept connection may be closed in the moment it is used again (RFC 9112 §9.3.1): once is no fault.
  const answer = await ask().catch(ask)
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const text = isStream ? '' : await answer.text()
  if (isStream) stop.abort()
  const said = wrongWith(operation.operation, answer, text)
  const sent = `${operation.method} ${url} as ${asker.name}: ${(body ?? '').slice(0, 300)}`
  const problem = said && `${said}\n    ${sent}\n    ${text.slice(0, 300)}`
  return { request, status: answer.status, isJson, text, problem }
}

function wrongWith({ responses }: Operation, answer: Response, text: string): string | undefined {
  const { status, headers } = answer
  const declared = responses[String(status)]
  if (!declared) return `${status} is not documented`
  if (status < 400) return undefined
  if (!headers.get('content-type')?.startsWith('application/problem+json')) {
    return `${status} is no problem document`
  }
  const code = String((JSON.parse(text) as { type: string }).type).replace(
    'urn:cordon:problem:',
    '',
  )
  return declared.description.includes(`${code}:`)
    ? undefined
    : `${status} ${code} is not documented`
}
