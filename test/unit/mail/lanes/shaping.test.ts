import canonicalize from 'canonicalize'
import { PROVIDERS } from '../../../../src/mail/lanes/providers.js'
import { limitsOf, parseShaping, SHAPING } from '../../../../src/mail/lanes/shaping.js'

const parse = (file: unknown) => parseShaping(JSON.stringify(file))

describe('the built-in table', () => {
  test.each(PROVIDERS)('$name has limits and says where they come from', (provider) => {
    const { rate, burst, connections, messagesPerConnection, source } = provider
    for (const limit of [rate, burst, connections, messagesPerConnection])
      expect(limit).toBeGreaterThan(0)
    expect(source).not.toBe('')
  })
  test('names each provider, suffix and domain once', () => {
    for (const each of [
      PROVIDERS.map(({ name }) => name),
      PROVIDERS.flatMap(({ mxSuffixes }) => mxSuffixes),
      PROVIDERS.flatMap(({ domains }) => domains),
    ])
      expect(each).toEqual([...new Set(each)])
  })
  test('a lane of no provider has the limits of the unknown', () => {
    expect(limitsOf('mx:example.net', SHAPING)).toMatchObject({ rate: 100, connections: 10 })
  })
})

describe('the file of an operator', () => {
  test('changes what it names and nothing else', () => {
    const shaping = parse({ providers: [{ name: 'google', rate: 3.5 }] })
    expect(limitsOf('google', shaping)).toMatchObject({ rate: 3.5, connections: 5 })
    expect(limitsOf('yahoo', shaping)).toEqual(limitsOf('yahoo', SHAPING))
  })
  test('adds a provider', () => {
    const shaping = parse({
      providers: [{ name: 'mine', mxSuffixes: ['example.net'], rate: 1, connections: 2 }],
    })
    expect(limitsOf('mine', shaping)).toMatchObject({ rate: 1, connections: 2, burst: 1 })
  })
  test('sets the limits of the unknown, of all lanes together, and the everyday share', () => {
    const shaping = parse({ unknown: { rate: 7 }, all: { rate: 50 }, everydayShare: 0.25 })
    expect(limitsOf('domain:x.example', shaping).rate).toBe(7)
    expect(shaping).toMatchObject({ all: { rate: 50, burst: 1 }, everydayShare: 0.25 })
  })
  test('written in another order it is the same value, byte for byte', () => {
    const [one, two] = [
      { name: 'google', rate: 3 },
      { name: 'apple', rate: 2 },
    ]
    expect(canonicalize(parse({ providers: [one, two] }))).toBe(
      canonicalize(parse({ providers: [two, one] })),
    )
  })
  test('an empty one changes nothing', () => expect(parse({})).toEqual(SHAPING))

  test.each<[string, string, string]>([
    ['no JSON', '{', 'is not JSON'],
    ['a rate of zero', '{"providers":[{"name":"google","rate":0}]}', 'providers.0.rate'],
    ['a word for a rate', '{"unknown":{"rate":"fast"}}', 'unknown.rate'],
    ['a dot at the end', '{"providers":[{"name":"x","mxSuffixes":["a.b."]}]}', 'without a dot'],
    ['a provider nobody can match', '{"providers":[{"name":"mine","rate":1}]}', 'providers.mine'],
    ['a field that does not exist', '{"provders":[]}', 'provders'],
    ['a share of more than all', '{"everydayShare":1.5}', 'everydayShare'],
  ])('%s is refused and named', (_case, text, said) => {
    expect(() => parseShaping(text)).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringContaining(said),
      }),
    )
  })
  test('everything that is wrong is told at once', () => {
    expect(() => parse({ unknown: { rate: 0, connections: 0 } })).toThrow(/rate[\s\S]*connections/)
  })
})
