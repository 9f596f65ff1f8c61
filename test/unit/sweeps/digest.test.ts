import { confirmsDigest, type PlanContent, planDigest } from '../../../src/sweeps/digest.js'

const verdict = {
  score: 70,
  reasons: ['no_second_factor', 'nonzero_balance'],
  tier: 'unprotected',
  priority: null,
  effects: ['hold' as const, 'reset' as const],
  outcome: 'reset_ordered' as const,
}
const chunk = { phase: 'hold', firstSeq: 1, lastSeq: 9, digest: 'c'.repeat(64) }
const content: PlanContent = {
  lists: ['a'.repeat(64), 'b'.repeat(64)],
  policy: { version: 'exposed-addresses@1', sha256: 'd'.repeat(64) },
  mailRevision: 'e'.repeat(64),
  windowStart: '2026-11-01T00:00:00.000Z',
  fourEyes: true,
  exclude: ['b', 'a'],
  verdicts: [verdict],
  chunks: [chunk],
}
const digest = planDigest(content)
const BEFORE_EXCLUSIONS = '665ebe674414826bf3d5a3fee0a46b4bfd04d267dc68e4b69ce8321e2e632aa0'

test('the same plan has the same digest: 64 hex digits', () => {
  expect(planDigest(structuredClone(content))).toBe(digest)
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
})

test('the order in which lists were named does not matter', () => {
  expect(planDigest({ ...content, lists: [...content.lists].reverse() })).toBe(digest)
  expect(planDigest({ ...content, exclude: ['a', 'b'] })).toBe(digest)
})

test('a plan that leaves nobody out has the digest it had before that could be asked for', () => {
  expect(planDigest({ ...content, exclude: [] })).toBe(BEFORE_EXCLUSIONS)
})

test.each<[string, Partial<PlanContent>]>([
  ['another list', { lists: ['a'.repeat(64), 'f'.repeat(64)] }],
  ['a list less', { lists: ['a'.repeat(64)] }],
  ['another policy version', { policy: { ...content.policy, version: 'exposed-addresses@2' } }],
  [
    'another policy under the same version',
    { policy: { ...content.policy, sha256: '0'.repeat(64) } },
  ],
  ['other mail texts', { mailRevision: '0'.repeat(64) }],
  ['another window', { windowStart: '2026-11-01T00:00:00.001Z' }],
  ['four eyes off', { fourEyes: false }],
  ['one account less left out', { exclude: ['a'] }],
  ['another account left out', { exclude: ['a', 'c'] }],
  ['nobody left out', { exclude: [] }],
  ['another score', { verdicts: [{ ...verdict, score: 71 }] }],
  ['another reason', { verdicts: [{ ...verdict, reasons: ['no_second_factor'] }] }],
  ['another tier', { verdicts: [{ ...verdict, tier: 'attacked' }] }],
  ['a priority', { verdicts: [{ ...verdict, priority: 'high' }] }],
  ['an effect less', { verdicts: [{ ...verdict, effects: ['hold'] }] }],
  ['another outcome', { verdicts: [{ ...verdict, outcome: 'held' }] }],
  ['another verdict', { verdicts: [verdict, verdict] }],
  ['an account exchanged in a chunk', { chunks: [{ ...chunk, digest: '0'.repeat(64) }] }],
  ['a chunk of another phase', { chunks: [{ ...chunk, phase: 'act' }] }],
  ['a chunk that begins later', { chunks: [{ ...chunk, firstSeq: 2 }] }],
  ['a chunk that ends later', { chunks: [{ ...chunk, lastSeq: 10 }] }],
  ['chunks in another order', { chunks: [{ ...chunk, phase: 'act' }, chunk] }],
  ['nothing to do', { chunks: [] }],
])('%s is another plan', (_rule, over) => {
  expect(planDigest({ ...content, ...over })).not.toBe(digest)
})

test.each([
  ['the whole digest', digest, true],
  ['its first twelve characters', digest.slice(0, 12), true],
  ['as people copy it', ` ${digest.slice(0, 20).toUpperCase()}\n`, true],
  ['eleven characters', digest.slice(0, 11), false],
  ['its end', digest.slice(-20), false],
  ['nothing', '', false],
  ['blanks', ' '.repeat(20), false],
])('%s confirms: %s → %s', (_rule, given, confirms) => {
  expect(confirmsDigest(given, digest)).toBe(confirms)
})
