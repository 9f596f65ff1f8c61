import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { INVARIANT_IDS, type Invariant, verdictOf } from '../../../src/doctor/invariant.js'
import { INVARIANTS } from '../../../src/doctor/invariants.js'

const ROOT = join(import.meta.dirname, '../../..')
const operating = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8')

test('every invariant of the design is there, once and in its order', () => {
  expect(INVARIANTS.map(({ id }) => id)).toEqual(INVARIANT_IDS)
})

test.each(INVARIANTS)(
  '$id is described for people as it is asked',
  ({ id, name, says, ...asked }) => {
    const seen = asked.rules.length === 0 ? 'nothing' : asked.unseen === null ? 'all' : 'part'
    expect(operating).toContain(`| ${id} ${name} | ${says} | ${seen} |`)
  },
)

test.each(INVARIANTS)('$id names suites that exist', ({ shownBy }) => {
  expect(shownBy.length).toBeGreaterThan(0)
  expect(shownBy.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test.each(INVARIANTS)('$id asks without taking locks or changing anything', ({ rules }) => {
  for (const { sql } of rules) {
    expect(sql).not.toMatch(
      /FOR (UPDATE|SHARE|NO KEY)|pg_advisory|nextval|\b(INSERT|DELETE) (INTO|FROM)\b/,
    )
  }
})

const asked = { id: 'I1', name: 'n', says: 's', unseen: 'u', shownBy: [], remedy: 'r' } as const
const invariant: Invariant = { ...asked, rules: [] }
const found = (violations: number) => ({
  ...{ finds: 'f', names: 'account' as const, violations, examples: [] },
})

test.each([
  ['nothing was found', { findings: [found(0)] }, ['holds', null]],
  ['something was found', { findings: [found(0), found(1)] }, ['broken', null]],
  [
    'a question had no answer',
    { findings: [found(0)], unanswered: ['slow'] },
    ['not_visible', 'slow'],
  ],
  [
    'one had none and one found',
    { findings: [found(1)], unanswered: ['slow'] },
    ['broken', 'slow'],
  ],
  ['nothing can be asked', { looked: 0 }, ['not_visible', 'u']],
])('when %s', (_when, over, said) => {
  const looked = { looked: 2, findings: [], unanswered: [], tookMs: 1, ...over }
  const { result, because, findings } = verdictOf(invariant, looked)
  expect([result, because]).toEqual(said)
  expect(findings.every(({ violations }) => violations > 0)).toBe(true)
})
