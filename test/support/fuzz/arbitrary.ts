import fc from 'fast-check'

/** As much of JSON Schema 2020-12 as the API document uses. */
export type JsonSchema = {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  pattern?: string
  format?: string
  additionalProperties?: JsonSchema | boolean
}

/** What is offered where it may fit: ids that exist, and fields of one thing by their names. */
export type Offer = { pool: fc.Arbitrary<string>; thing: Readonly<Record<string, unknown>> }

/** Values that a schema allows, small ones mostly. */
export function valid(schema: JsonSchema, offer: Offer): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => valid(each, offer)))
  switch (schema.type) {
    case 'object':
      return objectOf(schema, offer)
    case 'array':
      return fc.array(valid(schema.items ?? {}, offer), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      })
    case 'integer':
      return fc.integer(rangeOf(schema))
    case 'number':
      return fc.double({ ...rangeOf(schema), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return text(schema, offer.pool)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function objectOf(
  { properties = {}, required = [] }: JsonSchema,
  offer: Offer,
): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, field(name, each, offer)]),
  )
  return fc.record(fields, { requiredKeys: required })
}

/** Where the thing has a field of this name, mostly that: a right fence, a right digest. */
export function field(name: string, schema: JsonSchema, offer: Offer): fc.Arbitrary<unknown> {
  const made = valid(schema, offer)
  const known = fieldOf(offer.thing, name)
  if (known === undefined || known === null) return made
  return fc.oneof({ weight: 4, arbitrary: fc.constant(known) }, { weight: 1, arbitrary: made })
}

/** What a thing says about a field, also where an answer calls it otherwise than a question. */
export const fieldOf = (thing: Offer['thing'], name: string): unknown =>
  thing[ALSO[name] ?? name] ?? thing[name] ?? undefined
const ALSO: Readonly<Record<string, string>> = { expectedResets: 'resets', account: 'accountId' }

const rangeOf = ({ minimum, maximum }: JsonSchema) => ({
  min: Math.max(minimum ?? -10, -1_000),
  max: Math.min(maximum ?? 1_000, 1_000),
})

function text(schema: JsonSchema, pool: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const { format, pattern, minLength = 0, maxLength = 40 } = schema
  if (format === 'date-time') return time
  if (format === 'ipv4') return fc.ipV4()
  if (format === 'ipv6') return fc.ipV6()
  if (pattern && !pattern.includes('\\P{') && !format) {
    return fc.oneof(fc.stringMatching(new RegExp(pattern, 'u')), word(minLength, maxLength))
  }
  return fc.oneof(
    { weight: 3, arbitrary: word(minLength, maxLength) },
    { weight: 2, arbitrary: pool },
  )
}

const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString())

const word = (minLength: number, maxLength: number) =>
  fc.string({
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, 40)),
    unit: 'grapheme',
  })

/** What attackers and bugs send where anything may be. */
const NASTY = [
  '',
  '\0',
  '../../etc/passwd',
  "' OR 1=1 --",
  '%00',
  '\u202e',
  '💥'.repeat(300),
  'x'.repeat(5_000),
  '[object Object]',
  '-1',
  '9223372036854775808',
  '1e309',
  'NaN',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '\r\nX-Injected: 1',
]

export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...NASTY),
  fc.constantFrom<unknown>(null, true, -1, 0, 1e21, 2 ** 53, [], {}, [[]], { __proto__: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Mostly valid; often with one field that is not; sometimes nothing of the kind at all. */
export function anything(schema: JsonSchema, offer: Offer): fc.Arbitrary<unknown> {
  const right = valid(schema, offer)
  const bent = fc.tuple(right, fc.string(), nasty).map(([value, name, bad]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad
    const names = Object.keys(value)
    const at = names.length > 0 ? names[name.length % names.length]! : 'more'
    return { ...value, [at]: bad }
  })
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 3, arbitrary: bent },
    { weight: 1, arbitrary: nasty },
  )
}
