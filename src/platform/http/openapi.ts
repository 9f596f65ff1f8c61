import { z } from 'zod'
import { type Endpoint, refusalsOf, type Schema } from '../../contract/endpoint.js'
import { type ErrorCode, PROBLEMS, Problem } from '../../contract/problem.js'

type Json = Record<string, unknown>
type Origins = { staff: string; public: string }

const VERSION = '1'

/** The API as OpenAPI 3.1, made from the declarations that the server itself runs on. */
export function openApi(calls: Readonly<Record<string, readonly Endpoint[]>>, urls: Origins): Json {
  const paths: Record<string, Json> = {}
  for (const [noun, ofNoun] of Object.entries(calls)) {
    for (const call of ofNoun) {
      const path = call.path.replace(/:(\w+)/g, '{$1}')
      paths[path] = {
        ...paths[path],
        servers: [{ url: urls[call.listener] }],
        [call.method]: operation(noun, call),
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cordon',
      version: VERSION,
      description: 'Protects the accounts of a platform after addresses were exposed.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-cordon' },
      },
    },
  }
}

function operation(noun: string, call: Endpoint): Json {
  const takesBody = call.method !== 'get' && call.method !== 'delete'
  const body = takesBody ? requestBody(call) : undefined
  return {
    operationId: `${call.method} ${call.path}`,
    tags: [noun],
    summary: call.summary,
    security: call.allow === 'anyone' ? [] : [{ key: [] }, { session: [] }],
    'x-allow': call.allow,
    parameters: [
      ...parameters(call.params, 'path'),
      ...parameters(call.query, 'query'),
      ...(call.creates ? [header('Idempotency-Key', 'Makes the request once, for a day')] : []),
      ...(call.refuses.includes('precondition_required')
        ? [header('If-Match', 'The ETag of what was read')]
        : []),
    ],
    ...(body ? { requestBody: body } : {}),
    responses: { ...answers(call), ...problems(call) },
  }
}

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

function parameters(schema: Schema, where: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: each,
  }))
}

function requestBody({ body, takes }: Endpoint): Json | undefined {
  if (takes.length > 0) return { required: true, content: contentOf(takes) }
  const schema = schemaOf(body, 'input')
  const isNothing = body.safeParse(undefined).success
  return { required: !isNothing, content: { 'application/json': { schema } } }
}

const contentOf = (types: readonly string[]): Json =>
  Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))

function answers({ answers: declared, gives }: Endpoint): Json {
  return Object.fromEntries(
    Object.entries(declared).map(([status, schema]) => {
      const isEmpty = schema.safeParse(undefined).success
      const json = isEmpty ? {} : { 'application/json': { schema: schemaOf(schema, 'output') } }
      const content = { ...json, ...contentOf(gives) }
      const description = status === '204' ? 'Done' : 'The answer'
      return [status, Object.keys(content).length > 0 ? { description, content } : { description }]
    }),
  )
}

/** One answer per status; the codes it may carry are named. */
function problems(call: Endpoint): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(refusalsOf(call))) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join('; '),
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    ]),
  )
}

function schemaOf(schema: Schema, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
