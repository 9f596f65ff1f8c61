import { Refusal } from '../../../src/platform/errors.js'
import { problemOf, unknownProblem } from '../../../src/platform/http/problem.js'
import { refusalOf } from '../../../src/platform/http/refusal-of.js'

test('a refusal becomes problem details with a stable type', () => {
  const errors = [{ path: 'body.title', message: 'Required' }]
  expect(problemOf(new Refusal('input_invalid', 'Look.', { errors }), 'r1')).toEqual({
    type: 'urn:cordon:problem:input_invalid',
    title: 'The request is not valid',
    status: 400,
    detail: 'Look.',
    instance: 'r1',
    errors,
  })
})

test('a bug says nothing about itself', () => {
  expect(unknownProblem('r2')).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    instance: 'r2',
  })
})

const thrown = (over: object) => Object.assign(new Error('x'), over)

/** As Prisma throws what a raw statement met. */
const raw = (cause: object) => thrown({ code: 'P2010', meta: { driverAdapterError: { cause } } })

test.each([
  ['a body too large', thrown({ type: 'entity.too.large', status: 413 }), 'body_too_large'],
  ['broken JSON', thrown({ type: 'entity.parse.failed', status: 400 }), 'input_invalid'],
  [
    'a compressed body',
    thrown({ type: 'encoding.unsupported', status: 415 }),
    'media_type_unsupported',
  ],
  ['anything else of the parser', thrown({ type: 'new.kind', status: 400 }), 'input_invalid'],
  ['an undecodable path', new URIError('x'), 'not_found'],
  ['a pool that is full', thrown({ code: 'P2024' }), 'service_unavailable'],
  ['a database that goes away', thrown({ code: '57P01' }), 'service_unavailable'],
  ['a disk that is full', raw({ kind: 'postgres', originalCode: '53100' }), 'service_unavailable'],
  ['a server that starts', raw({ kind: 'postgres', originalCode: '57P03' }), 'service_unavailable'],
  ['nobody at the port', raw({ kind: 'DatabaseNotReachable' }), 'service_unavailable'],
  ['a statement that is wrong', raw({ kind: 'postgres', originalCode: '42601' }), undefined],
  ['a refusal', new Refusal('throttled', 'x'), 'throttled'],
  ['a bug', new TypeError('x'), undefined],
  ['a server error of a library', thrown({ status: 500 }), undefined],
  ['nothing', undefined, undefined],
])('%s', (_case, error, code) => expect(refusalOf(error)?.code).toBe(code))
