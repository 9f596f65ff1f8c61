import { IntlMessageFormat } from 'intl-messageformat'
import type { Locale } from '../../values/locale.js'
import type { Finding } from './finding.js'
import { checkKeys, checkSentences } from './sentences.js'

type Ast = ReturnType<IntlMessageFormat['getAst']>
type Node = Ast[number]
/** What ICU calls the parts of a message, by the numbers of its parser. */
const LITERAL = 0
const PLURAL = 6
const POUND = 7
const KINDS: readonly string[] = ['literal', 'text', 'number', 'date', 'time', 'select', 'plural']

type Catalogue = Readonly<Record<string, string>>

/**
 * What is wrong with the messages of one language as ICU MessageFormat: keys, syntax, arguments by
 * name and kind, plural categories (CLDR), and the sentences themselves with their arguments left out.
 */
export function checkMessages(locale: Locale, messages: Catalogue, english: Catalogue): Finding[] {
  const missing = checkKeys(locale, Object.keys(messages), Object.keys(english))
  if (missing.length > 0) return missing
  const parsed = Object.entries(messages).map(([key, message]) => ({ key, ast: parse(message) }))
  const broken = parsed.filter(({ ast }) => ast === undefined)
  if (broken.length > 0)
    return broken.map(({ key }) => ({
      check: 'syntax',
      locale,
      where: key,
      says: 'is no ICU message',
    }))
  return [
    ...parsed.flatMap(({ key, ast = [] }) => [
      ...checkArguments(locale, key, ast, parse(english[key] ?? '') ?? []),
      ...checkPlurals(locale, key, ast),
    ]),
    ...checkSentences(locale, literals(messages), literals(english)),
  ]
}

function parse(message: string): Ast | undefined {
  try {
    return new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst()
  } catch {
    return undefined
  }
}

/** Every node of the message, those inside plural forms included. */
function* nodesOf(ast: Ast): Generator<Node> {
  for (const node of ast) {
    yield node
    if ('options' in node) {
      for (const { value } of Object.values(node.options)) yield* nodesOf(value)
    }
  }
}

const argumentsOf = (ast: Ast): string[] => {
  const found = new Set<string>()
  for (const node of nodesOf(ast)) {
    const isArgument = node.type !== LITERAL && node.type !== POUND && 'value' in node
    if (isArgument) found.add(`{${String(node.value)}} as ${KINDS[node.type] ?? 'tag'}`)
  }
  return [...found].sort()
}

function checkArguments(locale: Locale, where: string, ast: Ast, english: Ast): Finding[] {
  const mine = argumentsOf(ast).join(', ')
  const wanted = argumentsOf(english).join(', ')
  if (mine === wanted) return []
  const says = `takes ${mine || 'no argument'}, not ${wanted || 'none'}`
  return [{ check: 'arguments', locale, where, says }]
}

/** Every category the language has and no other; one that many numbers share prints the number. */
function checkPlurals(locale: Locale, where: string, ast: Ast): Finding[] {
  const find = (says: string): Finding => ({ check: 'plurals', locale, where, says })
  const findings: Finding[] = []
  for (const node of nodesOf(ast)) {
    if (node.type !== PLURAL || !('options' in node)) continue
    const rules = new Intl.PluralRules(locale, { type: 'cardinal' })
    const wanted: string[] = rules.resolvedOptions().pluralCategories
    const has = Object.keys(node.options).filter((name) => !name.startsWith('='))
    for (const category of wanted.filter((each) => !has.includes(each)))
      findings.push(find(`lacks the form "${category}"`))
    for (const category of has.filter((each) => !wanted.includes(each)))
      findings.push(find(`has a form "${category}" that the language does not`))
    for (const [category, { value }] of Object.entries(node.options)) {
      const isShared = numbersIn(category, rules) !== 1
      if (isShared && ![...nodesOf(value)].some(({ type }) => type === POUND))
        findings.push(find(`does not print the number in the form "${category}"`))
    }
  }
  return findings
}

const UP_TO = 200

/** How many of the first numbers take this form. */
function numbersIn(category: string, rules: Intl.PluralRules): number {
  if (category.startsWith('=')) return 1
  const numbers = Array.from({ length: UP_TO }, (_, number) => rules.select(number))
  return numbers.filter((each) => each === category).length
}

/** The sentences with each argument left out, so that only the translator's own letters remain. */
const literals = (messages: Catalogue): Record<string, string> =>
  Object.fromEntries(
    Object.entries(messages).map(([key, message]) => [
      key,
      [...nodesOf(parse(message) ?? [])].map(wordsOf).join(''),
    ]),
  )

const wordsOf = (node: Node): string => (node.type === LITERAL ? node.value : '0')
