import { may } from '../../src/staff/policy.js'
import type { Target } from './cordon.js'

/** What a caller shows. */
export type Credential = 'automation' | 'session' | 'platform' | 'ingest' | 'nobody'

/** A call ready to be sent. `*` stands behind each value that a scanner shall attack. */
export type Call = {
  listener: 'staff' | 'public'
  method: string
  /** As declared: `/v1/incidents/{id}`. */
  path: string
  marked: string
  /** The same without marks, when a scanner can simply follow it. */
  plain: string
  body?: { type: string; marked: string } | undefined
  credential: Credential
}

type Schema = {
  type?: string | string[]
  default?: unknown
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  format?: string
  minimum?: number
}
type Parameter = { name: string; in: string; schema: Schema }
type Operation = {
  'x-allow': string
  security: unknown[]
  parameters: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
type Document = { paths: Record<string, Record<string, unknown>> }

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Every call of `/openapi.json` that takes anything, and the reset pages, which it does not name. */
export function callsOf(document: unknown, target: Target): Call[] {
  const calls = Object.entries((document as Document).paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) =>
      callOf(target, { path, method, operation: item[method] as Operation, item }),
    ),
  )
  return [...calls, ...resetPages(target)]
}

type Named = { path: string; method: string; operation: Operation; item: Record<string, unknown> }

function callOf(target: Target, { path, method, operation, item }: Named): Call {
  const [server] = item.servers as { url: string }[]
  const listener = server?.url === target.public ? 'public' : 'staff'
  const query = operation.parameters.filter((each) => each.in === 'query')
  const marked = query.map(({ name, schema }) => `${name}=${encode(queryValue(name, schema))}*`)
  const filled = path.replace(/([^/]+)\/\{\w+\}/g, (_, noun: string) =>
    [noun, `${encode(idFor(target, noun, method))}*`].join('/'),
  )
  const url = marked.length > 0 ? `${filled}?${marked.join('&')}` : filled
  return {
    listener,
    method: method.toUpperCase(),
    path,
    marked: url,
    plain: url.replaceAll('*', ''),
    body: bodyOf(target, operation),
    credential: credentialFor(listener, path, operation),
  }
}

const encode = (value: unknown) => encodeURIComponent(String(value))

const queryValue = (name: string, schema: Schema) =>
  name === 'cursor'
    ? Buffer.from('["2026-01-01T00:00:00Z","a"]').toString('base64url')
    : sampleOf(schema)

/** What a DELETE would end must not be what the scan stands on. */
const idFor = ({ known }: Target, noun: string, method: string) =>
  (method === 'delete' ? undefined : known[noun]) ?? `${noun}-of-nobody`

function credentialFor(listener: string, path: string, operation: Operation): Credential {
  if (path === '/v1/login-attempts') return 'ingest'
  if (operation.security.length === 0) return 'nobody'
  if (listener === 'public') return 'platform'
  return may(['automation'], operation['x-allow']) ? 'automation' : 'session'
}

function bodyOf(target: Target, { requestBody }: Operation): Call['body'] {
  if (!requestBody) return undefined
  const json = requestBody.content['application/json']
  if (!json) return { type: 'text/plain', marked: 'scan-3@shop.example*\n' }
  const marked = JSON.stringify(sampleOf(json.schema, (name) => target.known[name]))
  return marked === '{}' ? undefined : { type: 'application/json', marked }
}

const FIELDS: Record<string, unknown> = {
  account: { id: 'scan-1*' },
  address: 'scan-4@shop.example*',
  email: 'nobody@cordon.example*',
  ip: '203.0.113.9',
  password: 'quiet lantern over tundra 7*',
  totp: '123456*',
}

/** Something the schema takes; texts are marked, for what else could hold a payload? */
function sampleOf(schema: Schema, known: (name: string) => unknown = () => undefined): unknown {
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (choice) return sampleOf(choice, known)
  const type = [schema.type].flat()[0]
  if (type === 'object') return sampleObject(schema, known)
  if (type === 'array') return schema.items ? [sampleOf(schema.items, known)] : []
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 1, 1)
  if (type === 'boolean') return true
  if (schema.format === 'date-time') return new Date().toISOString()
  return 'scan*'
}

const sampleObject = ({ properties = {} }: Schema, known: (name: string) => unknown) =>
  Object.fromEntries(
    Object.entries(properties).map(([name, each]) => {
      const value = known(name)
      const live = name === 'token' && value ? `${value}*` : undefined
      return [name, live ?? FIELDS[name] ?? sampleOf(each, known)]
    }),
  )

function resetPages({ known }: Target): Call[] {
  const form = (marked: string) => ({ type: 'application/x-www-form-urlencoded', marked })
  const token = known.reset ?? ''
  const page = (method: string, path: string, marked: string, body?: Call['body']): Call => {
    const plain = marked.replaceAll('*', '')
    return { listener: 'public', method, path, marked, plain, body, credential: 'nobody' }
  }
  return [
    page('GET', '/reset', '/reset'),
    page('POST', '/reset', '/reset', form(`token=${token}*`)),
    page('GET', '/reset/{token}', `/reset/${token}*`),
    page(
      'POST',
      '/reset/{token}',
      `/reset/${token}*`,
      form('password=abc*&passwordAgain=abd*&code=1*'),
    ),
    page('POST', '/reset/second-factor', '/reset/second-factor', form('token=abc*&code=123456*')),
  ]
}

/** Which call a request is, by its method and path; what is none of them comes with a session. */
export function credentialsBy(
  calls: readonly Call[],
): (method: string, path: string) => Credential {
  const rules = calls.map(({ method, path, credential }) => ({
    method,
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]*')}$`),
    credential,
  }))
  return (method, path) =>
    rules.find((rule) => rule.method === method && rule.pattern.test(path))?.credential ?? 'nobody'
}
