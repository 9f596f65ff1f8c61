import fc from 'fast-check'
import { type Changed, stretches } from '../../../src/logins/classifying/stretches.js'

const changed = (ip: string, from: number, until: number): Changed => ({
  accountNo: null,
  ip,
  asn: null,
  from: new Date(from),
  until: new Date(until),
})

test.each<[rule: string, given: Changed[], joined: Changed[]]>([
  ['nothing stays nothing', [], []],
  ['what overlaps is one', [changed('a', 5, 9), changed('a', 1, 6)], [changed('a', 1, 9)]],
  ['so is what touches', [changed('a', 1, 5), changed('a', 5, 9)], [changed('a', 1, 9)]],
  [
    'what lies within another adds nothing',
    [changed('a', 1, 9), changed('a', 2, 3)],
    [changed('a', 1, 9)],
  ],
  [
    'a gap stays',
    [changed('a', 1, 2), changed('a', 4, 5)],
    [changed('a', 1, 2), changed('a', 4, 5)],
  ],
  [
    'another source is another',
    [changed('b', 1, 5), changed('a', 2, 6)],
    [changed('a', 2, 6), changed('b', 1, 5)],
  ],
])('%s', (_rule, given, joined) => expect(stretches(given)).toEqual(joined))

test('every moment is in one stretch of its source exactly when it was in any', () => {
  const one = fc
    .tuple(fc.constantFrom('a', 'b'), fc.nat(40), fc.nat(8))
    .map(([ip, from, length]) => changed(ip, from, from + length))
  const holding = (all: readonly Changed[], ip: string, moment: number) =>
    all.filter((c) => c.ip === ip && c.from.getTime() <= moment && c.until.getTime() >= moment)
      .length
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 12 }),
      fc.constantFrom('a', 'b'),
      fc.nat(50),
      (all, ip, moment) => {
        expect(holding(stretches(all), ip, moment)).toBe(Math.min(1, holding(all, ip, moment)))
      },
    ),
  )
})
