import fc from 'fast-check'
import type { StoredEvent } from '../../../src/audit/chain.js'
import { mappingOf } from '../../../src/events/endpoint.js'
import { EVENT_TYPES, initiatorOf, OUTGOING, payloadOf } from '../../../src/events/event.js'

const AT = '2026-11-26T12:00:00.123456Z'
const anEvent = (over: Partial<StoredEvent>): StoredEvent => ({
  id: '1',
  at: AT,
  actor: 'cordon',
  kind: 'account.held',
  subject: 'account:42',
  detail: {},
  ...over,
})

test.each([
  [
    'account.held',
    'account:42',
    { sweep: 'swp_1' },
    'account.held',
    { account: '42', sweep: 'swp_1' },
  ],
  [
    'account.released',
    'account:42',
    { watch: 'wat_1' },
    'account.released',
    { account: '42', watch: 'wat_1' },
  ],
  ['account.locked', 'account:42', {}, 'account.locked', { account: '42' }],
  [
    'reset.ordered',
    'account:42',
    { sweep: 'swp_1', epoch: 3, mail: 'reset' },
    'account.reset_ordered',
    { account: '42', sweep: 'swp_1', epoch: 3 },
  ],
  [
    'reset.completed',
    'account:42',
    { reset: '9', heldUntil: 'reviewed' },
    'account.reset_completed',
    { account: '42', heldUntil: 'reviewed' },
  ],
  ['case.opened', 'case:c1', { account: '42' }, 'case.opened', { case: 'c1', account: '42' }],
  ['case.reopened', 'case:c1', { account: '42' }, 'case.reopened', { case: 'c1', account: '42' }],
  ['case.escalated', 'case:c1', { fence: 2, comment: '7' }, 'case.escalated', { case: 'c1' }],
  [
    'case.decided',
    'case:c1',
    { decision: 'lock', reason: 'attack_succeeded', fence: 2 },
    'case.decided',
    { case: 'c1', decision: 'lock', reason: 'attack_succeeded' },
  ],
  [
    'sweep.planned',
    'sweep:swp_1',
    { planDigest: 'ab', accounts: 5, resets: 2 },
    'sweep.planned',
    { sweep: 'swp_1', planDigest: 'ab', accounts: 5, resets: 2 },
  ],
  [
    'sweep.requested',
    'sweep:swp_1',
    { incident: 'inc_1', lists: ['lst_1'], policy: 'default@3', fourEyes: true },
    'sweep.requested',
    { sweep: 'swp_1', incident: 'inc_1', lists: ['lst_1'], policy: 'default@3', fourEyes: true },
  ],
  ['sweep.paused', 'sweep:swp_1', { reason: 'ask Ann first' }, 'sweep.paused', { sweep: 'swp_1' }],
  ['sweep.finished', 'sweep:swp_1', {}, 'sweep.finished', { sweep: 'swp_1' }],
])('%s of %s with %j is told as %s', (...[kind, subject, detail, type, data]) => {
  expect(payloadOf(anEvent({ kind, subject, detail }))).toEqual({
    type,
    timestamp: AT,
    data: { ...data, initiator: 'policy' },
  })
})

test.each([
  'mail.accepted',
  'key.added',
  'endpoint.added',
  'session.opened',
  'list.taken',
  'nonsense',
])('nobody outside is told of %s', (kind) => expect(payloadOf(anEvent({ kind }))).toBeUndefined())

test.each([
  ['cordon', 'policy'],
  ['account:42', 'user'],
  ['os:ann', 'admin'],
  ['staff:1', 'admin'],
  ['key:key_1', 'admin'],
])('what %s did was begun by: %s', (actor, initiator) => expect(initiatorOf(actor)).toBe(initiator))

test('an id may hold colons', () => {
  expect(payloadOf(anEvent({ subject: 'account:eu:42' }))?.data.account).toBe('eu:42')
})

test('each type is told once, in the form of Standard Webhooks', () => {
  expect(new Set(EVENT_TYPES).size).toBe(EVENT_TYPES.length)
  for (const type of EVENT_TYPES) expect(type).toMatch(/^[a-z_]+\.[a-z_]+$/)
})

test('an endpoint is told of the types it wants only', () => {
  expect(mappingOf('webhook', ['account.held', 'case.opened']).map(({ kind }) => kind)).toEqual([
    'account.held',
    'case.opened',
  ])
})

const SECRETS = {
  address: 'ann@example.com',
  token: 'tok_K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9',
  password: 'correct horse battery staple',
  balance: '1234.56',
  note: 'called ann@example.com',
}

test('whatever details come to hold, secrets and sentences are not told', () => {
  const names = fc.oneof(
    fc.constantFrom('address', 'token', 'password', 'balance', 'note', 'email', 'phrase'),
    fc.string(),
  )
  const values = fc.oneof(fc.constantFrom(...Object.values(SECRETS)), fc.emailAddress())
  const told = ['sweep', 'watch', 'account', 'why', 'reason', 'policy', 'heldUntil']
  fc.assert(
    fc.property(
      fc.constantFrom(...OUTGOING.map(({ kind }) => kind)),
      fc.dictionary(names, values),
      fc.dictionary(
        fc.constantFrom(...told),
        fc.oneof(fc.emailAddress(), fc.constant(SECRETS.password), fc.constant(SECRETS.note)),
      ),
      (kind, unknown, strayed) => {
        const extra = Object.fromEntries(
          Object.entries(unknown).filter(([name]) => !told.includes(name)),
        )
        const { data } = payloadOf(anEvent({ kind, detail: { ...extra, ...strayed } })) ?? {
          data: {},
        }
        expect(Object.keys(data).sort()).toEqual(['account', 'initiator'])
      },
    ),
  )
})
