import fc from 'fast-check'
import {
  keyOfSecret,
  type LiveSecret,
  readHeaders,
  signerOf,
} from '../../../src/logins/receiving/signature.js'
import { describeCorpus, readFixture } from '../../corpus/fixtures.js'
import { sign } from '../../support/webhook.js'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDdNdQ4pq8V3U='
const BODY = Buffer.from('{"test": 2432232314}')
const live = (secret: string, sourceNo: number): LiveSecret => ({
  sourceNo,
  key: keyOfSecret(secret) as Uint8Array,
})
const distinct = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
/** Signed once: a moment later the timestamp, and with it the signature, would be another. */
const SIGNED = sign(BODY.toString(), { secret: SECRET, id: 'msg_1' }).headers
const headersOf = (over: Record<string, string> = {}) => ({ ...SIGNED, ...over })
const judge = (headers: Record<string, string>, secrets = [live(SECRET, 7)], body = BODY) => {
  const read = readHeaders(distinct(headers))
  return 'problems' in read ? 'malformed' : (signerOf(read, body, secrets) ?? 'nobody')
}
const { 'webhook-signature': RIGHT = '' } = headersOf()
const WRONG = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc='

describeCorpus('webhook-vectors', (dir) => {
  const { sign: vector } = JSON.parse(readFixture(dir, 'standard-webhooks.json')) as {
    sign: Record<string, string>
  }

  test('the signature of the specification is its secret’s', () => {
    const headers = {
      'webhook-id': vector['webhook-id'] ?? '',
      'webhook-timestamp': String(vector['webhook-timestamp']),
      'webhook-signature': vector.expected ?? '',
    }
    const secrets = [live(vector.secret ?? '', 1)]
    expect(judge(headers, secrets, Buffer.from(vector.payload ?? ''))).toBe(1)
  })
})

test.each([
  ['a right one', {}, 7],
  ['no id', { 'webhook-id': '' }, 'malformed'],
  ['an id with a dot', { 'webhook-id': 'msg.1' }, 'malformed'],
  ['an id with a blank', { 'webhook-id': 'msg 1' }, 'malformed'],
  ['an id of 129 characters', { 'webhook-id': 'm'.repeat(129) }, 'malformed'],
  ['another id', { 'webhook-id': 'msg_2' }, 'nobody'],
  ['a timestamp in words', { 'webhook-timestamp': 'hello' }, 'malformed'],
  ['a timestamp with a sign', { 'webhook-timestamp': '+161426533' }, 'malformed'],
  ['a timestamp in milliseconds', { 'webhook-timestamp': '1614265330000' }, 'malformed'],
  ['another timestamp', { 'webhook-timestamp': '1614265330' }, 'nobody'],
  ['no signature', { 'webhook-signature': '' }, 'nobody'],
  ['an empty signature', { 'webhook-signature': 'v1,' }, 'nobody'],
  ['rubbish', { 'webhook-signature': 'v1,dawfeoifkpqwoekfpqoekf' }, 'nobody'],
  ['a right one cut off', { 'webhook-signature': RIGHT.slice(0, 8) }, 'nobody'],
  ['a right one without its last character', { 'webhook-signature': RIGHT.slice(0, -1) }, 'nobody'],
  ['another version', { 'webhook-signature': RIGHT.replace('v1', 'v2') }, 'nobody'],
  ['a right one among wrong ones', { 'webhook-signature': `${WRONG} v2,x ${RIGHT} ${WRONG}` }, 7],
  ['the tenth of ten', { 'webhook-signature': `${`${WRONG} `.repeat(9)}${RIGHT}` }, 7],
  [
    'the eleventh of eleven',
    { 'webhook-signature': `${`${WRONG} `.repeat(10)}${RIGHT}` },
    'malformed',
  ],
  ['a header of megabytes', { 'webhook-signature': RIGHT.repeat(50_000) }, 'malformed'],
])('%s', (_rule, over, verdict) => {
  expect(judge(headersOf(over))).toBe(verdict)
})

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
  '%s must come once: neither not at all nor twice',
  (name) => {
    const headers = distinct(headersOf())
    expect(readHeaders({ ...headers, [name]: undefined })).toMatchObject({
      problems: [{ path: `header.${name}`, message: 'is missing' }],
    })
    const twice = [...(headers[name] ?? []), ...(headers[name] ?? [])]
    expect(readHeaders({ ...headers, [name]: twice })).toMatchObject({
      problems: [{ path: `header.${name}`, message: 'came twice' }],
    })
  },
)

test('the secret that fits names its source, wherever it stands', () => {
  const secrets = [live(OTHER, 1), live(SECRET, 2), live(OTHER, 3)]
  expect(judge(headersOf(), secrets)).toBe(2)
  expect(judge(headersOf(), secrets.toReversed())).toBe(2)
  expect(judge(headersOf(), [live(OTHER, 1)])).toBe('nobody')
  expect(judge(headersOf(), [])).toBe('nobody')
})

test('no changed byte keeps its signature', () => {
  fc.assert(
    fc.property(fc.nat(BODY.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(BODY)
      changed[at] = (changed[at] ?? 0) ^ by
      expect(judge(headersOf(), [live(SECRET, 7)], changed)).toBe('nobody')
    }),
  )
})

test.each([
  ['24 bytes', `whsec_${Buffer.alloc(24).toString('base64')}`, 24],
  ['64 bytes', `whsec_${Buffer.alloc(64).toString('base64')}`, 64],
  ['23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`, undefined],
  ['nothing', 'whsec_', undefined],
  ['no prefix', Buffer.alloc(32).toString('base64'), undefined],
])('a secret of %s', (_rule, secret, bytes) => {
  expect(keyOfSecret(secret)?.length).toBe(bytes)
})
