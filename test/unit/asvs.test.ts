import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultsIn, requirements, titlesOf } from '../../scripts/asvs-proofs.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HERE = 'test/unit/asvs.test.ts'
const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true })
  .map((name) => `test/${name}`)
  .filter((name) => name.endsWith('.test.ts'))

test('every proof that is named for a requirement exists', () => {
  expect(faultsIn(requirements())).toEqual([])
})

test('each of the 249 applicable requirements is there once, in order', () => {
  const ids = requirements().map(({ id }) => id)
  const byNumber = new Intl.Collator('en', { numeric: true })
  expect(ids).toEqual([...new Set(ids)].sort(byNumber.compare))
  expect(ids).toHaveLength(249)
})

const claim = (by: string[]) => faultsIn([{ id: 'V1.1.1', level: 1, what: 'x', by }])

test.each([
  ['a test', `${HERE}: every proof that is named`],
  ['a row of a table', `${HERE}: %s is a proof » a row of a table`],
  ['a heading', 'docs/security-notes.md # Sessions'],
])('%s is a proof', (_what, proof) => expect(claim([proof])).toEqual([]))

test.each([
  ['a title nobody wrote', `${HERE}: ${['no', 'such', 'title'].join(' ')}`],
  ['a text that is no title', `${HERE}: docs/security-notes.md`],
  ['a row nobody wrote', `${HERE}: %s is a proof » ${['no', 'row'].join(' ')}`],
  ['a file that is not there', 'test/unit/nothing.test.ts: every proof'],
  ['a heading nobody wrote', 'docs/security-notes.md # Nothing'],
  ['a sentence', 'it works'],
])('%s proves nothing', (_what, proof) => expect(claim([proof])).toHaveLength(1))

test('a requirement is proven or open, never both or neither', () => {
  const bare = { id: 'V1.1.1', level: 1, what: 'x' } as const
  expect(faultsIn([bare])).toHaveLength(1)
  expect(faultsIn([{ ...bare, open: 'Soon.', by: [`${HERE}: every proof`] }])).toHaveLength(1)
})

test('the tests that the threat model names exist', () => {
  const page = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| [STRIDE] \|/.test(line))
  const named = rows.flatMap((row) =>
    [...row.matchAll(/(?<!\*)\*([^*]{15,})\*(?!\*)/g)].map((match) => match[1] ?? ''),
  )
  const titles = TESTS.flatMap(titlesOf).map(({ title }) => title)
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((name) => !titles.some((title) => title.includes(name)))).toEqual([])
})
