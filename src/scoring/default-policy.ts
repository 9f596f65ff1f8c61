import type { Policy } from './policy.js'

const UNPROTECTED = ['absent', 'unknown'] as const
const FUNDED = ['nonzero', 'unknown'] as const

/** `exposed-addresses@1` of design §3. `unprotected` is the rule BitMEX applied by hand in 2019. */
export const DEFAULT_POLICY: Policy = {
  name: 'exposed-addresses',
  version: 1,
  window: { minDays: 14, maxDays: 90 },
  rules: [
    {
      code: 'no_second_factor',
      points: 40,
      says: 'has no second factor',
      when: { secondFactor: ['absent'] },
    },
    {
      code: 'second_factor_unknown',
      points: 40,
      says: 'is not known to have a second factor',
      when: { secondFactor: ['unknown'] },
    },
    { code: 'nonzero_balance', points: 30, says: 'holds value', when: { balance: ['nonzero'] } },
    { code: 'balance_unknown', points: 30, says: 'may hold value', when: { balance: ['unknown'] } },
    {
      code: 'hostile_logins',
      points: 30,
      says: 'was attacked',
      when: { hostileAttempts: { atLeast: 1 } },
    },
    {
      code: 'hostile_login_succeeded',
      points: 40,
      says: 'was entered by an attacker',
      when: { hostileSuccesses: { atLeast: 1 } },
    },
  ],
  tiers: [
    {
      name: 'takeover',
      says: 'a hostile login succeeded',
      when: { hostileSuccesses: { atLeast: 1 } },
      effects: ['hold', 'reset', 'review'],
      priority: 'critical',
    },
    {
      name: 'attacked',
      says: 'hostile attempts on an unprotected, funded account',
      when: {
        hostileAttempts: { atLeast: 1 },
        secondFactor: [...UNPROTECTED],
        balance: [...FUNDED],
      },
      effects: ['hold', 'reset', 'review'],
      priority: 'high',
    },
    {
      name: 'unprotected',
      says: 'an unprotected, funded account',
      when: { secondFactor: [...UNPROTECTED], balance: [...FUNDED] },
      effects: ['hold', 'reset'],
    },
    {
      name: 'targeted',
      says: 'hostile attempts on an account that is protected or empty',
      when: { hostileAttempts: { atLeast: 1 } },
      effects: ['review'],
      priority: 'normal',
    },
    { name: 'listed', says: 'its address was exposed', when: {}, effects: ['notify'] },
  ],
}
