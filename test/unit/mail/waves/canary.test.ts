import { type Combination, chooseCanary } from '../../../../src/mail/waves/canary.js'

const combination = (over: Partial<Combination>): Combination => ({
  lane: 'google',
  locale: 'en',
  mails: 100,
  riskiest: 1n,
  ...over,
})
const line = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))

test('every lane and language has its most endangered account in the canary', () => {
  const chosen = chooseCanary(
    [
      combination({ riskiest: 1n }),
      combination({ locale: 'ja', riskiest: 900n }),
      combination({ lane: 'yahoo', mails: 1, riskiest: 5_000n }),
    ],
    line(50),
    50,
  )
  expect(chosen).toHaveLength(50)
  expect(chosen).toEqual([...line(48), 900n, 5_000n])
})

test('languages that are written alike are one', () => {
  const alike = ['en-GB', 'en-US', 'en', null, 'tlh'].map((locale, index) =>
    combination({ locale, riskiest: BigInt(100 + index) }),
  )
  expect(chooseCanary(alike, [], 50)).toEqual([100n])
})

test('with more combinations than it has room for it takes those of the most mails', () => {
  const many = Array.from({ length: 80 }, (_, index) =>
    combination({ lane: `domain:${index}.example`, mails: index, riskiest: BigInt(index) }),
  )
  expect(chooseCanary(many, line(50), 50)).toEqual(
    Array.from({ length: 50 }, (_, index) => BigInt(30 + index)),
  )
})

test('fewer mails than it has room for all go', () => {
  expect(chooseCanary([combination({ mails: 3 })], line(3), 50)).toEqual(line(3))
})
