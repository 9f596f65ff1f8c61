import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, VARIABLES } from '../../../src/config.js'

const lines = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8').split('\n')
const settings = lines.flatMap((line, index) => {
  const [, name, value] = /^([A-Z\d_]+)=(.*)$/.exec(line) ?? []
  return name === undefined ? [] : [{ name, value: value ?? '', comment: lines[index - 1] ?? '' }]
})

test('every variable Cordon reads is in .env.example, and no other', () => {
  expect(settings.map(({ name }) => name).sort()).toEqual([...VARIABLES].sort())
})

test.each(settings)('$name is explained in the line above it', ({ comment }) => {
  expect(comment).toMatch(/^# .{20,}/)
})

test('the example as it stands changes nothing', () => {
  const env = Object.fromEntries(settings.map(({ name, value }) => [name, value]))
  expect(readConfig(env)).toEqual(readConfig({}))
})
