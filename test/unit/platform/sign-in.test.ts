import { decideSignIn, FAILURE_LIMITS, isThrottled } from '../../../src/logins/sign-in.js'

const right = {
  isPasswordRight: true,
  isLocked: false,
  isPasswordUsable: true,
  factor: 'none',
} as const

test.each([
  ['everything in order', {}, 'ok'],
  ['a code that is right', { factor: 'right' }, 'ok'],
  ['a code not given', { factor: 'missing' }, 'second_factor_required'],
  ['a factor only the platform can verify', { factor: 'elsewhere' }, 'second_factor_required'],
  ['a code that is wrong', { factor: 'wrong' }, 'invalid'],
  ['a password that was switched off', { isPasswordUsable: false }, 'reset_required'],
  [
    'switched off, with a wrong code',
    { isPasswordUsable: false, factor: 'wrong' },
    'reset_required',
  ],
  ['a locked account', { isLocked: true, isPasswordUsable: false }, 'locked'],
  ['a wrong password', { isPasswordRight: false }, 'invalid'],
  ['a wrong password of a locked account', { isPasswordRight: false, isLocked: true }, 'invalid'],
  [
    'a wrong password after a reset',
    { isPasswordRight: false, isPasswordUsable: false },
    'invalid',
  ],
  ['a wrong password, a right code', { isPasswordRight: false, factor: 'right' }, 'invalid'],
] as const)('%s', (_case, over, result) => {
  expect(decideSignIn({ ...right, ...over })).toBe(result)
})

test.each(['fromSource', 'fromAnywhere', 'ofFactor'] as const)(
  'too many failures %s throttle',
  (kind) => {
    const none = { fromSource: 0, fromAnywhere: 0, ofFactor: 0 }
    const { failures } = FAILURE_LIMITS[kind]
    expect(isThrottled({ ...none, [kind]: failures - 1 })).toBe(false)
    expect(isThrottled({ ...none, [kind]: failures })).toBe(true)
  },
)
