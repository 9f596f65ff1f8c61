import { generateSecret, generateSync } from 'otplib'
import { standingView } from '../../../src/accounts/standing.js'
import {
  hashRecoveryCode,
  isRecoveryCode,
  mintRecoveryCodes,
} from '../../../src/platform/credentials/recovery-code.js'
import { matchTotp } from '../../../src/platform/credentials/totp.js'

const NOW = new Date('2026-11-02T10:00:00Z')
const LATER = new Date('2026-11-02T10:00:01Z')
const calm = {
  status: 'active',
  passwordUsable: true,
  locked: false,
  valueHeld: false,
  heldUntil: null,
  sessionEpoch: 3,
  resetOrdered: false,
  now: NOW,
}

test.each([
  ['nothing was done', {}, { passwordUsable: true, valueHeld: false, heldUntil: null }],
  ['held for good', { valueHeld: true }, { valueHeld: true, heldUntil: null }],
  [
    'held until later',
    { valueHeld: true, heldUntil: LATER },
    { valueHeld: true, heldUntil: LATER.toISOString() },
  ],
  [
    'a hold that just ended',
    { valueHeld: true, heldUntil: NOW },
    { valueHeld: false, heldUntil: null },
  ],
  [
    'reset ordered',
    { passwordUsable: false, resetOrdered: true },
    { passwordUsable: false, resetRequired: true },
  ],
  [
    'locked by Cordon',
    { locked: true },
    { passwordUsable: false, valueHeld: true, heldUntil: null },
  ],
  ['closed by the platform', { status: 'closed' }, { passwordUsable: false, valueHeld: true }],
])('%s', (_case, over, shown) => {
  expect(standingView({ ...calm, ...over })).toMatchObject(shown)
})

test('a code is good for its step and one either side, and not for a spent step', () => {
  const secret = generateSecret()
  const seconds = 1_700_000_010
  const step = Math.floor(seconds / 30)
  const codeAt = (offset: number) => generateSync({ secret, epoch: seconds + offset })
  const match = (offset: number, lastStep = -1) =>
    matchTotp(secret, codeAt(offset), { seconds, lastStep })
  expect([match(-30), match(0), match(30)]).toEqual([step - 1, step, step + 1])
  expect([match(-90), match(90)]).toEqual([undefined, undefined])
  expect([match(0, step - 1), match(0, step), match(30, step)]).toEqual([step, undefined, step + 1])
})

test.each([[''], ['12345'], ['1234567'], ['12345a'], ['１２３４５６'], [' 12345']])(
  '%j is no code',
  (code) => {
    expect(
      matchTotp(generateSecret(), code, { seconds: 1_700_000_000, lastStep: -1 }),
    ).toBeUndefined()
  },
)

test('recovery codes: ten, different, 120 bits, found again however they are typed', () => {
  const random = Uint8Array.from({ length: 150 }, (_, index) => (index * 37) % 256)
  const { plain, hashes } = mintRecoveryCodes(random)
  expect(new Set(plain).size).toBe(10)
  expect(plain[0]).toMatch(/^([0-9A-HJKMNP-TV-Z]{6}-){3}[0-9A-HJKMNP-TV-Z]{6}$/)
  const typed = ` ${plain[0]!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `
  expect(isRecoveryCode(typed)).toBe(true)
  expect(hashRecoveryCode(typed)).toBe(hashes[0])
  expect(mintRecoveryCodes(new Uint8Array(150).fill(255)).plain[0]).toBe(
    'ZZZZZZ-ZZZZZZ-ZZZZZZ-ZZZZZZ',
  )
})
