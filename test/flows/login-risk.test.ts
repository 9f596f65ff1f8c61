import { loginsOf } from '../../src/logins/service.js'
import { accounts, attempts, aWorld, noOf, safe, type World } from '../support/world.js'

const HOUR_MS = 3_600_000
const chrome = (build: number) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.${build} Safari/537.36`
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

const login = (id: string, account: string, { hoursAgo = 24, userAgent = chrome(85) } = {}) => ({
  id,
  account: { id: account },
  at: new Date(Date.now() - hoursAgo * HOUR_MS).toISOString(),
  ip: '192.0.2.7',
  outcome: 'success',
  userAgent,
})

test('a new build of the owner’s browser is less risky than another browser on another system', async () => {
  await accounts(world, [safe('owner'), safe('other')])
  const usual = [48, 36, 24].map((hoursAgo) => login(`usual-${hoursAgo}`, 'owner', { hoursAgo }))
  const others = [FIREFOX, FIREFOX, chrome(85)].map((userAgent, index) =>
    login(`other-${index}`, 'other', { userAgent }),
  )
  const build = login('build', 'owner', { hoursAgo: 2, userAgent: chrome(204) })
  const browser = login('browser', 'owner', { hoursAgo: 1, userAgent: FIREFOX })
  await attempts(world, [...usual, ...others, build, browser])

  const [newest, second] = await loginsOf(world.db, await noOf(world, 'owner'), 10)
  expect([newest?.userAgent, second?.userAgent]).toEqual([FIREFOX, chrome(204)])
  expect(newest!.risk! / second!.risk!).toBeGreaterThan(2)
})
