import { PROVIDERS } from '../../../../src/mail/lanes/providers.js'
import { classify, dispositionOf } from '../../../../src/mail/replies/classify.js'
import type { ReplyRule } from '../../../../src/mail/replies/rule.js'
import { REPLY_RULES } from '../../../../src/mail/replies/rules.js'
import { type Flaw, flawsIn } from './flaws.js'

test('no rule has a flaw', () => {
  expect(flawsIn(REPLY_RULES, PROVIDERS)).toEqual([])
})

const samples = REPLY_RULES.flatMap((rule) =>
  rule.samples.map((reply): [string, string, ReplyRule] => [reply, rule.verdict, rule]),
)

test('at least 150 different lines are known', () => {
  expect(new Set(samples.map(([reply]) => reply)).size).toBeGreaterThanOrEqual(150)
})

test.each(samples)('%s → %s', (reply, verdict, rule) => {
  const provider = rule.provider === '*' ? null : rule.provider
  expect(classify(reply, { provider, phase: rule.phase ?? 'dot' })).toMatchObject({ verdict })
})

describe('what these servers call permanent and is not', () => {
  const slowing = new Set(['throttle_lane', 'throttle_recipient', 'block_reputation'])
  const permanent = samples.filter(
    ([reply, verdict, { provider }]) =>
      ['qq', 'netease'].includes(provider) && reply.startsWith('5') && slowing.has(verdict),
  )
  test('there are such lines', () => expect(permanent.length).toBeGreaterThan(10))
  test.each(permanent)('%s never gives a mailbox up', (_reply, verdict) => {
    expect(dispositionOf(verdict as ReplyRule['verdict'], true)).not.toBe('reject')
  })
})

describe('a rule table with a flaw is refused', () => {
  const good: ReplyRule = {
    id: 'good',
    provider: '*',
    pattern: /slow down, \S+/i,
    verdict: 'throttle_lane',
    samples: ['450 slow down, 192.0.2.25'],
    counterSamples: ['450 hurry up'],
    source: 'test',
  }
  const provider = { name: 'somebody', mxSuffixes: ['example.net'], domains: [] as string[] }
  test('the sound table passes', () => expect(flawsIn([good], [provider])).toEqual([]))

  test.each<[Flaw, ReplyRule[], (typeof provider)[]]>([
    ['no_sample', [{ ...good, samples: [] }], [provider]],
    ['sample_not_matched', [{ ...good, samples: ['450 later'] }], [provider]],
    [
      'sample_won_by_another',
      [{ ...good, id: 'first', pattern: /slow/i, samples: ['450 slow'] }, good],
      [provider],
    ],
    ['counter_sample_matched', [{ ...good, counterSamples: ['450 slow down, ann'] }], [provider]],
    ['provider_without_matcher', [{ ...good, provider: 'gmail' }], [provider]],
    ['provider_without_matcher', [good], [{ ...provider, mxSuffixes: [] }]],
    ['suffix_with_dot', [good], [{ ...provider, mxSuffixes: ['example.net.'] }]],
    ['only_ipv4', [{ ...good, pattern: /slow down, \d+\.\d+\.\d+\.\d+/i }], [provider]],
    ['catastrophic', [{ ...good, pattern: /slow down, (?:[\d.]+)+|(?:a+)+b/i }], [provider]],
    ['id_repeated', [good, { ...good, samples: ['450 slow down, you'] }], [provider]],
  ])('%s', (flaw, rules, providers) => {
    expect(flawsIn(rules, providers)).toContainEqual(expect.stringMatching(`^${flaw}:`))
  })
})

describe('how long to wait', () => {
  const wait = (reply: string) => classify(reply, { provider: null, phase: 'dot' }).waitSeconds
  test.each([
    ['451 4.7.1 Greylisted, try again in 2 minutes', 120],
    ['451 Greylisting in action, please come back in 00:04:30', 270],
    ['450 Greylisted, try again after 300 seconds', 300],
    ['451 4.7.1 Rate limit exceeded, retry in 1 hour', 3_600],
    ['451 4.7.1 Rate limit exceeded, wait 45s', 45],
    ['421 Too many messages, try again in a few hours', 3 * 3_600],
    ['421 Too many messages, retry after two minutes', 120],
    ['421 Too many messages, try again in 3 days', 4 * 3_600],
    ['421 Too many messages, retry in 0 seconds', 5],
    ['454 Throttling failure: Maximum sending rate exceeded.', 600],
    ['421 4.7.0 slow down', null],
  ])('%s: %p seconds', (reply, seconds) => expect(wait(reply)).toBe(seconds))
  test('a time in a refusal for good is not a time to wait', () => {
    expect(wait('550 5.1.1 no such user; the account was closed, wait 10 minutes')).toBeNull()
  })
})

describe('what becomes of the mail', () => {
  test.each([
    ['550 5.1.1 no such user', 'reject'],
    ['450 4.1.1 no such user', 'defer'],
    ['554 5.7.1 spam', 'reject'],
    ['552 5.2.2 mailbox full', 'defer'],
    ['550 5.7.1 blocked using zen.spamhaus.org', 'wait'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'wait'],
    ['550 rate limit exceeded', 'defer'],
    ['550 something nobody ever said', 'reject'],
    ['450 something nobody ever said', 'defer'],
  ])('%s → %s', (reply, disposition) => {
    const { verdict } = classify(reply, { provider: null, phase: 'dot' })
    expect(dispositionOf(verdict, reply.startsWith('5'))).toBe(disposition)
  })
  test("a provider's own words are read by its own rules first", () => {
    const reply = '550 5.7.0 DT:SPM 163 mx14'
    expect(classify(reply, { provider: 'netease', phase: 'dot' }).verdict).toBe('content')
    expect(classify(reply, { provider: null, phase: 'dot' }).ruleId).not.toBe('netease.content')
  })
  test('lines of one reply are read as one', () => {
    const reply =
      '550-5.7.1 this message is\r\n550-5.7.1 likely a lot of\r\n550 5.7.1 unsolicited stuff'
    expect(classify(reply, { provider: null, phase: 'dot' }).verdict).toBe('content')
  })
})
