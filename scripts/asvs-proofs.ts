import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'

/**
 * A requirement of OWASP ASVS 5.0. `by` names what proves it: `file: title` for a test (` » case` for
 * one row of its table) or `page # heading` for what is written down. `open` says what is missing.
 */
export type Requirement = {
  id: string
  level: 1 | 2 | 3
  what: string
  by?: string[]
  open?: string
}

const ROOT = join(import.meta.dirname, '..')

export const requirements = (): Requirement[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'asvs.json'), 'utf8'))

/** A test as its source names it, with every text of the table it runs over. */
export type Title = { title: string; cases: string[] }

/** What is wrong with these proofs, each as a sentence: empty when every one of them exists. */
export function faultsIn(all: readonly Requirement[]): string[] {
  return all.flatMap(({ id, by = [], open }) => {
    const isSaid = by.length > 0 !== (open !== undefined && open !== '')
    const missing = by.filter((proof) => !exists(proof)).map((proof) => `${id}: no “${proof}”.`)
    return isSaid ? missing : [`${id}: say either what proves it or what is open.`, ...missing]
  })
}

function exists(proof: string): boolean {
  const page = /^(\S+\.md) # (.+)$/.exec(proof)
  if (page) return headingsOf(page[1] ?? '').includes(page[2] ?? '')
  const test = /^(\S+\.test\.ts): (.+?)(?: » (.+))?$/.exec(proof)
  if (!test) return false
  const [, file = '', fragment = '', row] = test
  return titlesOf(file).some(
    ({ title, cases }) => title.includes(fragment) && (row === undefined || cases.includes(row)),
  )
}

const headingsOf = (page: string): string[] =>
  read(page)
    .split('\n')
    .flatMap((line) => /^#+ (.+)$/.exec(line)?.[1] ?? [])

const read = (path: string) =>
  existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : ''

const known = new Map<string, Title[]>()

/** Every test and group a file declares; those that are skipped prove nothing and are left out. */
export function titlesOf(file: string): Title[] {
  const before = known.get(file)
  if (before) return before
  const titles: Title[] = []
  walk(parseSync(read(file), { syntax: 'typescript', target: 'es2022' }), (node) => {
    if (node.type !== 'CallExpression') return
    const declared = declares(node.callee as Node)
    const title = textOf(argumentsOf(node)[0])
    if (declared && title !== undefined) titles.push({ title, cases: declared.cases })
  })
  known.set(file, titles)
  return titles
}

type Node = { type: string; [field: string]: unknown }

const argumentsOf = (call: Node): (Node | undefined)[] =>
  ((call.arguments ?? []) as { expression: Node }[]).map(({ expression }) => expression)

/** `test`, `test.only`, `test.each(table)`, `test.each<T>(table)`: what is behind them is a title. */
function declares(callee: Node): { cases: string[] } | undefined {
  if (callee.type === 'Identifier') {
    return ['test', 'it', 'describe'].includes(String(callee.value)) ? { cases: [] } : undefined
  }
  if (callee.type === 'MemberExpression') {
    const name = String((callee.property as Node).value)
    return name === 'skip' || name === 'todo' ? undefined : declares(callee.object as Node)
  }
  if (callee.type !== 'CallExpression' || !declares(callee.callee as Node)) return undefined
  const cases: string[] = []
  for (const table of argumentsOf(callee)) {
    walk(table, (node) => {
      const text = textOf(node)
      if (text !== undefined) cases.push(text)
    })
  }
  return { cases }
}

function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'StringLiteral') return String(node.value)
  if (node?.type !== 'TemplateLiteral') return undefined
  return (node.quasis as { cooked?: string }[]).map(({ cooked }) => cooked ?? '').join('…')
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) walk(each, visit)
  else if (typeof value === 'object' && value !== null) {
    if ('type' in value) visit(value as Node)
    for (const each of Object.values(value)) walk(each, visit)
  }
}
