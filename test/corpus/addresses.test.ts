import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import addressparser from 'nodemailer/lib/addressparser'
import type { Entry } from '../../src/exposures/entry.js'
import { readTextLine } from '../../src/exposures/read-text.js'
import { parseAddress } from '../../src/values/address.js'
import { matchKey } from '../../src/values/alias.js'
import { POLICY_RULES, type PolicyRule } from './address-policy.js'
import { SUITES, type Verdict, verdictsOf } from './address-suites.js'
import { describeCorpus, readFixture } from './fixtures.js'

const ruleFor = (verdict: Verdict): PolicyRule | undefined =>
  POLICY_RULES.find(
    (rule) => rule.we === (verdict.isValid ? 'refuse' : 'accept') && rule.explains(verdict),
  )

function isAccepted({ raw, hasNames }: Verdict): boolean {
  if (!hasNames) return 'address' in parseAddress(raw)
  const entries: Entry[] = []
  readTextLine(raw, 1, entries)
  return entries.length === 1 && entries[0]?.kind === 'address'
}

const disagreements = (verdicts: readonly Verdict[]) =>
  verdicts.filter((verdict) => isAccepted(verdict) !== verdict.isValid)

function countByRule(verdicts: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const verdict of disagreements(verdicts)) {
    const rule = ruleFor(verdict)?.name ?? 'unexplained'
    counts[rule] = (counts[rule] ?? 0) + 1
  }
  return counts
}

/** The rows `| suite | cases | rule | count |` of the table in docs/address-policy.md. */
function documentedCounts(suite: string): Record<string, number> {
  const page = readFileSync(join(import.meta.dirname, '../../docs/address-policy.md'), 'utf8')
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return Object.fromEntries(
    rows.filter((cells) => cells[1] === suite).map((cells) => [cells[2], Number(cells[4])]),
  )
}

describe.each(SUITES)('$name', (suite) => {
  describeCorpus(suite.folder, () => {
    const verdicts = verdictsOf(suite)

    test('there are cases', () => expect(verdicts.length).toBeGreaterThan(100))

    test('every disagreement follows from a rule of the policy', () => {
      const unexplained = disagreements(verdicts).filter((verdict) => !ruleFor(verdict))
      expect(unexplained).toEqual([])
    })

    test('the policy page counts the disagreements', () => {
      expect(countByRule(verdicts)).toEqual(documentedCounts(suite.name))
    })

    test('what is accepted is one comparable recipient', () => {
      for (const { raw } of verdicts) expectOneRecipient(raw)
    })
  })
})

function expectOneRecipient(raw: string): void {
  const parsed = parseAddress(raw)
  if ('rejected' in parsed) return
  expect(parseAddress(parsed.address)).toEqual(parsed)
  expect(addressparser(parsed.address)).toEqual([{ address: parsed.address, name: '' }])
}

const allVerdicts = SUITES.flatMap(verdictsOf)
const testAll = allVerdicts.length > 0 ? test : test.skip

testAll('no rule of the policy is there without a disagreement', () => {
  const used = new Set(disagreements(allVerdicts).map((verdict) => ruleFor(verdict)?.name))
  expect(POLICY_RULES.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([])
})

type Normalised = { options: object; expect: Record<string, string | false> }

describeCorpus('email-address-vectors', (dir) => {
  const blocks: Normalised[] = JSON.parse(readFixture(dir, 'validatorjs-normalizeEmail.json'))
  const pairs = blocks
    .filter(({ options }) => Object.keys(options).length === 0)
    .flatMap(({ expect: pairs }) => Object.entries(pairs))

  /** Yandex documents one mailbox under several domains; our table does not have it. */
  const isYandex = (raw: string) => /@ya(?:ndex)?\./.test(raw)

  test.each(pairs)('%s and its normal form by validator.js have one key', (raw, normal) => {
    const parsed = parseAddress(raw)
    const expected = parseAddress(normal || '')
    if ('rejected' in parsed || 'rejected' in expected) return
    if (isYandex(raw)) expect(matchKey(parsed.address)).toBe(parsed.address)
    else expect(matchKey(parsed.address)).toBe(matchKey(expected.address))
  })
})

describeCorpus('blns', (dir) => {
  const strings: string[] = JSON.parse(readFixture(dir, 'blns.json'))

  test('no naughty string becomes more than one comparable recipient', () => {
    for (const text of strings) {
      expectOneRecipient(text)
      expectOneRecipient(`${text}@example.com`)
      expectOneRecipient(`ana@${text}`)
      expectOneRecipient(`ana@${text}.example`)
    }
  })

  test('no naughty string breaks a list', () => {
    for (const text of strings) {
      const entries: Entry[] = []
      readTextLine(`${text} <ana@example.com>`, 1, entries)
      readTextLine(text, 2, entries)
      expect(entries.every((entry) => entry.kind !== 'rejected' || entry.raw.length <= 200)).toBe(
        true,
      )
    }
  })
})
