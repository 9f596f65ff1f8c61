import { mayDo, type Standing } from '../../../src/cases/may.js'

const NOW = new Date('2026-11-26T12:00:00Z')
const ana = { id: 'staff:ana', isReviewer: true }
const aCase = (over: Partial<Standing>): Standing => ({
  status: 'open',
  heldBy: null,
  snoozedUntil: null,
  proposedBy: null,
  now: NOW,
  ...over,
})
const HELD = ['heartbeat', 'release', 'snooze', 'escalate', 'decide', 'comment']

test.each<[string, Partial<Standing>, string[]]>([
  ['an open case may be claimed', {}, ['claim', 'comment']],
  ['one’s own may be decided', { status: 'claimed', heldBy: 'staff:ana' }, HELD],
  ['somebody else’s is theirs', { status: 'claimed', heldBy: 'staff:ben' }, ['comment']],
  ['a lease that ran out is free', { status: 'claimed' }, ['claim', 'comment']],
  ['one that sleeps is left', { status: 'snoozed', snoozedUntil: new Date(+NOW + 1) }, ['comment']],
  ['one that woke is free', { status: 'snoozed', snoozedUntil: NOW }, ['claim', 'comment']],
  [
    'another’s proposal may be confirmed',
    { status: 'awaiting_second', proposedBy: 'staff:ben' },
    ['confirm', 'comment'],
  ],
  ['one’s own may not', { status: 'awaiting_second', proposedBy: 'staff:ana' }, ['comment']],
  ['a decided case is talked about', { status: 'decided' }, ['comment']],
])('%s', (_rule, over, may) => expect(mayDo(aCase(over), ana)).toEqual(may))

test('who is no reviewer may look', () =>
  expect(mayDo(aCase({}), { id: 'key:siem', isReviewer: false })).toEqual([]))
