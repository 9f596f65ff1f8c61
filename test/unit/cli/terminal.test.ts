import { execFileSync } from 'node:child_process'
import { number, startProgress, table } from '../../../src/cli/terminal.js'

const plain = (text: string) =>
  text
    .split('\u001b[')
    .map((part, i) => (i === 0 ? part : part.replace(/^\d+m/, '')))
    .join('')

test('labels stand left, numbers right, grouped by thousands', () => {
  const shown = plain(
    table([
      ['matched', 1_234_567],
      ['unknown', 12, 'no account'],
    ]),
  )
  expect(shown).toBe('  matched  1,234,567\n  unknown         12  no account')
})

test('a table without rows is empty', () => {
  expect(table([])).toBe('')
})

test('a number is written for people', () => {
  expect(number(5_000_000)).toBe('5,000,000')
})

test('quiet progress says nothing', () => {
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write
  try {
    const progress = startProgress('accounts', 10, true)
    progress.update(5)
    progress.stop()
  } finally {
    process.stderr.write = write
  }
  expect(written).toEqual([])
})

test('colours are only for a terminal, also where a CI runs', () => {
  const module = new URL('../../../src/cli/terminal.ts', import.meta.url).href
  const script = `import { alarm, good } from '${module}'\nprocess.stdout.write(good('a') + alarm('b'))`
  const shown = (env: NodeJS.ProcessEnv) =>
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    })
  expect(shown({ CI: 'true', TERM: 'xterm-256color' })).toBe('ab')
  expect(shown({ FORCE_COLOR: '1' })).not.toContain('ab')
})
