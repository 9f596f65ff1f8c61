import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../../src/platform/migrate.js'
import {
  accounts,
  asOwner,
  aWorld,
  hostile,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'

const schema = readFileSync(join(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')
const models = [...schema.matchAll(/^model (\w+) \{/gm)].map(([, name = '']) => name)

let world: World
beforeAll(async () => {
  world = await aWorld()
  await accounts(world, [risky('one'), risky('two', { password: 'x' })])
  await hostile(world, 'one', { times: 3 })
  await runAll(
    world,
    await started(
      world,
      await planned(world, { title: 'schema', lists: [linesOf(['one', 'two'])] }),
    ),
  )
})
afterAll(() => world.close())

test.each(models)('the client and the database agree on %s', async (model) => {
  const delegate = `${model.charAt(0).toLowerCase()}${model.slice(1)}` as 'account'
  await expect(world.db[delegate].findMany({ take: 5 })).resolves.toBeInstanceOf(Array)
})

test('a database that is up to date is left alone, also by several who look at once', async () => {
  expect(await Promise.all([1, 2, 3].map(() => migrate(world.url)))).toEqual([[], [], []])
})

test.each([
  ['a state no sweep has', "UPDATE sweep SET status = 'asleep'"],
  ['a negative balance', 'UPDATE account SET balance = -1'],
  [
    'two live resets of one account',
    'INSERT INTO reset (account_no, epoch) SELECT account_no, epoch FROM reset',
  ],
  ['a second outcome for an account', 'INSERT INTO outcome SELECT * FROM outcome'],
  ['a mail to two people', "UPDATE mail SET recipient = 'a@b.example,c@d.example'"],
  [
    'a second mail of one purpose',
    'INSERT INTO mail (sweep_id, account_no, purpose, recipient) SELECT sweep_id, account_no, purpose, recipient FROM mail',
  ],
  ['a score above 100', 'UPDATE verdict SET score = 101'],
])('the database itself refuses %s', async (_rule, statement) => {
  await expect(asOwner(world, statement)).rejects.toMatchObject({
    code: expect.stringMatching(/^23/),
  })
})
