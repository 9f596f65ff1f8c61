import type { StoredEvent } from '../../../src/audit/chain.js'
import { mappingOf } from '../../../src/events/endpoint.js'
import { claimsOf, SIGNAL_TYPES } from '../../../src/events/set.js'

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'

const anEvent = (over: Partial<StoredEvent> = {}): StoredEvent => ({
  id: '1',
  at: '2026-11-26T12:00:00.123456Z',
  actor: 'cordon',
  kind: 'reset.ordered',
  subject: 'account:42',
  detail: { epoch: 3, sweep: 'swp_1' },
  ...over,
})
const TO = { id: 'd1', issuer: 'https://accounts.example.com', audience: 'https://rp.example' }
const SECONDS = Date.UTC(2026, 10, 26, 12) / 1_000

test.each([
  ['reset.ordered', `${RISC}account-credential-change-required`, 'cordon', 'policy', {}],
  ['reset.ordered', `${CAEP}session-revoked`, 'staff:1', 'admin', {}],
  [
    'reset.completed',
    `${CAEP}credential-change`,
    'account:42',
    'user',
    { credential_type: 'password', change_type: 'update' },
  ],
])('%s is told as %s', (...[kind, type, actor, initiator, members]) => {
  expect(claimsOf(anEvent({ kind, actor }), { ...TO, type })).toEqual({
    iss: TO.issuer,
    aud: TO.audience,
    jti: 'd1',
    iat: SECONDS,
    sub_id: { format: 'iss_sub', iss: TO.issuer, sub: '42' },
    events: {
      [type]: {
        event_timestamp: SECONDS,
        initiating_entity: initiator,
        reason_admin: { en: expect.stringMatching(/.{20,}/) },
        ...members,
      },
    },
  })
})

test('a token sent again says the same', () => {
  const to = { ...TO, type: `${CAEP}session-revoked` }
  expect(claimsOf(anEvent(), to)).toEqual(claimsOf(anEvent(), to))
})

test.each([
  ['reset.completed', `${CAEP}session-revoked`],
  ['account.held', `${CAEP}session-revoked`],
  ['reset.ordered', 'account.reset_ordered'],
])('%s is never told as %s', (kind, type) => {
  expect(claimsOf(anEvent({ kind }), { ...TO, type })).toBeUndefined()
})

test('an ordered reset is two tokens, a completed one is one', () => {
  const kinds = mappingOf('ssf_push', SIGNAL_TYPES).map(({ kind }) => kind)
  expect(kinds.sort()).toEqual(['reset.completed', 'reset.ordered', 'reset.ordered'])
})
