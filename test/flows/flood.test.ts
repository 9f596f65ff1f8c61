import { accounts, attempts, aWorld, noOf, type World } from '../support/world.js'

// Who floods an account or fails from one place on everyone costs no more than a burst does, hides
// nothing behind it, and makes nobody else look like an attacker.

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

const START = Math.floor(Date.now() / 86_400_000 - 20) * 86_400_000 + 10 * 3_600_000
const FLOODER = '198.51.100.66'
let sent = 0
const login = (id: string, seconds: number, over: Record<string, unknown> = {}) => {
  sent += 1
  return {
    id: `f-${sent}`,
    account: { id },
    at: new Date(START + seconds * 1_000).toISOString(),
    ip: FLOODER,
    outcome: 'failure',
    ...over,
  }
}
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const people = async (prefix: string, count: number): Promise<string[]> => {
  const ids = times(count, (index) => `${prefix}-${index}`)
  await accounts(
    world,
    ids.map((id) => ({ id })),
  )
  return ids
}
const hostileOn = async (id: string) =>
  world.db.attempt.count({ where: { accountNo: await noOf(world, id), hostile: true } })
const signal = (where: object) => world.db.signal.findFirst({ where })

test('all of a flood on one account is hostile, also what nobody counted', async () => {
  const [id] = await people('drowned', 1)
  await attempts(
    world,
    times(3_000, (index) => login(id!, index * 0.1)),
  )
  expect(await hostileOn(id!)).toBe(3_000)
  const { says, lastAt } = (await signal({
    kind: 'brute_force',
    accountNo: await noOf(world, id!),
    attempts: 1_000,
  }))!
  expect(says).toBe('1000 failed logins and more within 10 minutes from 1 source')
  expect(lastAt).toEqual(new Date(START + 299_900))
})

test('nobody hides others behind a thousand failures on an account of their own', async () => {
  const DAY = 86_400
  const [mule] = await people('mule', 1)
  const victims = await people('hidden', 12)
  const [entered] = await people('entered', 1)
  await attempts(world, [
    ...times(1_200, (index) => login(mule!, DAY + index * 0.1)),
    ...victims.map((id, index) => login(id, DAY + 200 + index)),
    login(entered!, DAY + 300, { outcome: 'success' }),
  ])
  expect(await Promise.all(victims.map(hostileOn))).toEqual(times(12, () => 1))
  expect((await signal({ kind: 'flood', ip: FLOODER }))?.says).toMatch(
    /^one source failed 1000 times and more within 60 minutes/,
  )
  const onEntered = await signal({ accountNo: await noOf(world, entered!) })
  expect(onEntered?.says).toBe(
    'a login succeeded from a source that failed 1000 times and more within the hour',
  )
})

test('a flood from one network does not make the platform look attacked from everywhere', async () => {
  const DAY = 3 * 86_400
  const quiet = await people('quiet', 40)
  const bystanders = await people('bystander', 10)
  const everyQuarter = times(110, (quarter) =>
    login(quiet[quarter % 40]!, DAY - 99_000 + quarter * 900, { ip: `203.0.${quarter}.1` }),
  )
  await attempts(world, [
    ...everyQuarter,
    ...times(2_000, (index) => login(quiet[index % 40]!, DAY + index * 0.2, { ip: FLOODER })),
    ...bystanders.map((id, index) => login(id, DAY + index * 20, { ip: `192.0.${index}.7` })),
  ])
  expect(await signal({ kind: 'distributed_spraying' })).toBeNull()
  expect(await Promise.all(bystanders.map(hostileOn))).toEqual(times(10, () => 0))
})

test('an account whose owner logs in all day is judged like any other', async () => {
  const DAY = 6 * 86_400
  const [id] = await people('busy', 1)
  await attempts(world, [
    ...times(2_500, (index) => login(id!, DAY + index, { outcome: 'success', ip: '192.0.2.50' })),
    login(id!, DAY + 100_000, { ip: '192.0.2.50' }),
    ...times(12, (index) => login(id!, DAY + 100_000 + index, { ip: '203.0.113.5' })),
  ])
  expect(await hostileOn(id!)).toBe(12)
})
