import { countSources } from '../../../src/platform/smtp-intake.js'

let nextId = 0
const client = (remoteAddress: string) => ({ id: `c${nextId++}`, remoteAddress })

test('one address holds so many connections at once, and others are not held up by it', () => {
  const sources = countSources(2)
  const [first, second, third] = [1, 2, 3].map(() => client('203.0.113.9')) as [
    ReturnType<typeof client>,
    ReturnType<typeof client>,
    ReturnType<typeof client>,
  ]
  expect([first, second, third].map(sources.enter)).toEqual([true, true, false])
  expect(sources.enter(client('203.0.113.10'))).toBe(true)
  sources.leave(third) // was never in
  expect(sources.enter(third)).toBe(false)
  sources.leave(first)
  expect(sources.enter(third)).toBe(true)
})

test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
  'a relay on this machine (%s) speaks for everybody',
  (address) => {
    const sources = countSources(1)
    expect([client(address), client(address)].map(sources.enter)).toEqual([true, true])
  },
)
