import type { Invariant } from '../invariant.js'

export const failClosed: Invariant = {
  id: 'I17',
  name: 'fail closed',
  says: 'Without the audit, the database or a clock there is no effect: no reset, no mail, no decision.',
  rules: [],
  unseen:
    'It shows while something is away. An effect that slipped through without its audit row is broken under I8.',
  shownBy: ['test/chaos/webhook-kill.test.ts', 'test/flows/valve.test.ts'],
  remedy: 'Stop the processes until what was away is back; then look at I8.',
}
