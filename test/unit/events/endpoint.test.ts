import { bearerToken, checkEndpoint, mintSecret } from '../../../src/events/endpoint.js'
import { signedHeaders } from '../../../src/events/signature.js'
import { keyOfSecret } from '../../../src/logins/receiving/signature.js'
import { Refusal } from '../../../src/platform/errors.js'

const url = 'https://hooks.example.com/cordon'
const SESSION = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

test('an endpoint that names no types is told of all of its format', () => {
  expect(checkEndpoint({ format: 'webhook', url }).types).toContain('account.reset_ordered')
  expect(checkEndpoint({ format: 'ssf_push', url }).types).toHaveLength(3)
})

test('tokens are for the origin of the URL, or for whom they are said to be', () => {
  expect(checkEndpoint({ format: 'ssf_push', url }).audience).toBe('https://hooks.example.com')
  expect(checkEndpoint({ format: 'ssf_push', url, audience: 'rp' }).audience).toBe('rp')
  expect(checkEndpoint({ format: 'webhook', url }).audience).toBeNull()
})

test.each([
  ['a webhook without a URL', { format: 'webhook' }],
  ['a webhook with an audience', { format: 'webhook', url, audience: 'rp' }],
  ['a type nobody knows', { format: 'webhook', url, types: ['account.renamed'] }],
  ['a token type for a webhook', { format: 'webhook', url, types: [SESSION] }],
  ['a webhook type for tokens', { format: 'ssf_push', url, types: ['account.held'] }],
  ['a poller with a URL', { format: 'ssf_poll', url, audience: 'rp' }],
  ['a poller without an audience', { format: 'ssf_poll' }],
  ['an audience with a space', { format: 'ssf_poll', audience: 'r p' }],
] as const)('%s is refused', (_what, request) => {
  expect(() => checkEndpoint(request)).toThrow(Refusal)
})

test('a secret is what Standard Webhooks libraries take, a token what a header carries', () => {
  const random = new Uint8Array(32).fill(250)
  expect(keyOfSecret(mintSecret('webhook', random))).toEqual(random)
  const token = mintSecret('ssf_poll', random)
  expect(bearerToken(`Bearer ${token}`)).toBe(token)
})

test.each([undefined, '', 'Bearer', 'Basic abc', 'Bearer ck_1_abc', 'Bearer ces_short'])(
  'there is no token in %s',
  (header) => expect(bearerToken(header)).toBeUndefined(),
)

test('the fixed vector of Standard Webhooks is signed as its libraries sign it', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    seconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  }
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  expect(signedHeaders(message, [secret])).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})
