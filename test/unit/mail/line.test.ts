import { createClock } from '../../../src/mail/sending/clock.js'
import { dispatch } from '../../../src/mail/sending/dispatch.js'
import { createLine } from '../../../src/mail/sending/line.js'

type Mail = { no: bigint; lane: string; dueAtMs: number; intervalMs: number }
const mail = (no: number, dueAtMs: number, over: Partial<Mail> = {}): Mail => ({
  no: BigInt(no),
  lane: 'a',
  dueAtMs,
  intervalMs: 200,
  ...over,
})
const lineWith = (mails: readonly Mail[], places = 10) => {
  const line = createLine<Mail>()
  line.add(mails)
  for (const lane of line.lanes()) line.allow(lane, places)
  return line
}

describe('a line of mails', () => {
  test('hands out the mail whose slot is soonest, shortly before it comes', () => {
    const line = lineWith([mail(1, 500), mail(2, 300, { lane: 'b' })])
    expect(line.take(0)).toEqual({ waitMs: 250 })
    expect(line.take(250)).toMatchObject({ mail: { no: 2n } })
    expect(line.take(450)).toMatchObject({ mail: { no: 1n } })
    expect(line.take(450)).toBeUndefined()
  })
  test('a mail leaves at its slot and not before', () => {
    const line = lineWith([mail(1, 500)])
    line.take(460)
    expect(line.start(mail(1, 500), 460)).toEqual({ waitMs: 40 })
    expect(line.start(mail(1, 500), 500)).toBe('leaves')
  })
  test('no more are under way than the lane has places', () => {
    const line = lineWith([mail(1, 0), mail(2, 0)], 1)
    line.take(0)
    expect(line.take(0)).toBeUndefined()
    line.done(mail(1, 0))
    expect(line.take(0)).toMatchObject({ mail: { no: 2n } })
  })
  test('after a late one the next keeps nine tenths of its distance', () => {
    const [one, two] = [mail(1, 1_000), mail(2, 1_200)]
    const line = lineWith([one, two])
    line.take(1_000)
    line.take(1_200)
    expect(line.start(one, 1_150)).toBe('leaves')
    expect(line.start(two, 1_200)).toEqual({ waitMs: 130 })
    expect(line.start(two, 1_330)).toBe('leaves')
  })
  test('in a slow lane a mail more than an interval late takes another slot', () => {
    const late = mail(1, 1_000)
    const line = lineWith([late])
    line.take(1_000)
    expect(line.start(late, 1_201)).toBe('is_late')
  })
  test('in a fast lane it leaves all the same', () => {
    const late = mail(1, 1_000, { intervalMs: 10 })
    const line = lineWith([late])
    line.take(1_000)
    expect(line.start(late, 1_500)).toBe('leaves')
  })
  test('after a gap in its slots it keeps no more than an interval', () => {
    const [one, two] = [mail(1, 1_000), mail(2, 9_000)]
    const line = lineWith([one, two])
    line.take(1_000)
    line.take(9_000)
    line.start(one, 1_000)
    expect(line.start(two, 9_000)).toBe('leaves')
  })
  test('mails of a fast lane do not wait for one another in one turn of the loop', () => {
    const fast = [1, 2, 3].map((no) => mail(no, 1_000, { intervalMs: 0.01 }))
    const line = lineWith(fast)
    for (const _each of fast) line.take(1_000)
    expect(fast.map((each) => line.start(each, 1_000))).toEqual(['leaves', 'leaves', 'leaves'])
  })
  test('the mails of a lane are dropped together, and no others', () => {
    const line = lineWith([mail(1, 0), mail(2, 0, { lane: 'b' }), mail(3, 0)])
    expect(line.drop('a').map(({ no }) => no)).toEqual([1n, 3n])
    expect(line.rest().map(({ no }) => no)).toEqual([2n])
  })
})

describe('handing out', () => {
  test('whoever is idle gets a mail that was added later, and nobody after the end', async () => {
    const line = lineWith([])
    const desk = dispatch(line, { nowMs: () => 0, mayGoOn: () => true, onIdle: () => undefined })
    const [first, second] = [desk.next(), desk.next()]
    line.add([mail(1, 0)])
    line.allow('a', 1)
    desk.look()
    expect(await Promise.race([first, second])).toMatchObject({ no: 1n })
    desk.end()
    expect((await Promise.all([first, second])).filter((each) => each === undefined)).toHaveLength(
      1,
    )
    expect(await desk.next()).toBeUndefined()
  })
  test('nobody gets one once mail may not go on', async () => {
    const line = lineWith([mail(1, 0)])
    const desk = dispatch(line, { nowMs: () => 0, mayGoOn: () => false, onIdle: () => undefined })
    expect(await desk.next()).toBeUndefined()
  })
})

test('the quickest answer shows the difference of the clocks', () => {
  const clock = createClock()
  clock.heard(10_000, 550)
  clock.heard(11_000, 1_510)
  clock.heard(12_000, 2_900)
  expect(clock.hereMs(12_000)).toBe(2_510)
})
