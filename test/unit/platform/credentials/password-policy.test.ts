import fc from 'fast-check'
import { blocklist, isCommon } from '../../../../src/platform/credentials/common-passwords.js'
import { checkPassword } from '../../../../src/platform/credentials/password-policy.js'

const alone = { hasSecondFactor: false, words: ['mara.lindt@shop.example', 'Mara Lindt'] }
const beside = { ...alone, hasSecondFactor: true }

test.each([
  ['15 characters are enough alone', 'quiet harp 9 fo', alone, undefined],
  ['14 are not', 'quiet harp 9 f', alone, 'too_short'],
  ['8 are enough beside a second factor', 'g7#Lq2xw', beside, undefined],
  ['7 are not', 'g7#Lq2x', beside, 'too_short'],
  ['128 are allowed', `${'quiet harp 9 fox ~ '.repeat(7).slice(0, 127)}!`, alone, undefined],
  ['129 are not', 'quiet harp 9 fox ~ '.repeat(7).slice(0, 129), alone, 'too_long'],
  ['code points count, not code units', '🦊🎻🚲🌲🧊🪁🎺🍋🧵🪴🚂🎲🦉🥝', alone, 'too_short'],
  ['fifteen pictures are fifteen characters', '🦊🎻🚲🌲🧊🪁🎺🍋🧵🪴🚂🎲🦉🥝⛵', alone, undefined],
  ['a letter and its accent count as one', 'e\u0301'.repeat(14), alone, 'too_short'],
  ['any script is fine', 'しずかな湖畔の森の影から男と女', alone, undefined],
  ['spaces are characters', 'a b c q z x w 9', alone, undefined],
  ['a common password', 'password123', beside, 'common'],
  ['a common password in capitals', 'PASSWORD', beside, 'common'],
  ['a common password with a suffix', 'trustno1!!', beside, 'common'],
  ['a common password twice', 'passwordpassword', alone, 'common'],
  ['one character over and over', 'zzzzzzzzzzzzzzzzzz', alone, 'guessable'],
  ['a row of the keyboard', 'qwertyuiopasdfghjkl', alone, 'guessable'],
  ['a date over and over', '11/11/199111/11/1991', alone, 'guessable'],
  ['the account’s name and address', 'mara.lindt Mara Lindt', alone, 'guessable'],
])('%s', (_rule, password, facts, problem) => {
  expect(checkPassword(password, facts)).toBe(problem)
})

test('the blocklist holds more than 100,000 passwords, about 54,000 of them as published', () => {
  const entries = [...blocklist()]
  const distinct = new Set(entries)
  expect(distinct.size).toBeGreaterThan(250_000)
  expect(entries.filter((entry) => !isCommon(entry))).toEqual([])
})

test('the most hostile passwords are judged quickly, and none throws', () => {
  const worst = [
    'p4ssw0rd'.repeat(16),
    '4'.repeat(128),
    '11/11/1991'.repeat(12),
    '@4a4@'.repeat(25),
  ]
  checkPassword(worst[0]!, alone)
  const startedAt = performance.now()
  for (const password of worst) checkPassword(password, alone)
  expect((performance.now() - startedAt) / worst.length).toBeLessThan(250)
  const anything = fc.string({ unit: 'binary', maxLength: 140 })
  fc.assert(
    fc.property(anything, (password) => {
      checkPassword(password, beside)
    }),
    { numRuns: 300 },
  )
})
