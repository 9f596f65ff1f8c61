import { createHash } from 'node:crypto'
import { takeList } from '../../src/exposures/service.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { type Browser, type StaffServer, startStaff } from '../support/staff.js'
import { anIncident, openScene, type Scene } from '../support/sweep-scene.js'
import { accounts, content, planned, safe } from '../support/world.js'

let server: StaffServer
let scene: Scene
let rosa: Browser
beforeAll(async () => {
  server = await startStaff()
  scene = await openScene(server)
  rosa = scene.rosa
})
afterAll(() => server.close())

const message = (id: string, to: readonly string[]) =>
  `From: news@shop.example\nDate: Fri, 1 Nov 2024 06:00:00 +0000\nMessage-ID: <${id}@mail>\nTo: ${to.join(', ')}\n\nIndex\n`
const at = (ids: readonly string[]) => ids.map((id) => `${id}@shop.example`)
const take = (incidentId: string, text: string, name: string) =>
  takeList(server.world, incidentId, content(text, name), 'os:test')
const batchesOf = async (id: string) => (await rosa.ask('GET', `/v1/incidents/${id}/batches`)).body

test('who was exposed with whom is counted batch by batch, the largest first, without an address', async () => {
  await accounts(
    server.world,
    ['ann', 'bob', 'cas'].map((id) => safe(id)),
  )
  const incidentId = await anIncident(scene, [])
  await take(incidentId, message('one', at(['ann', 'bob', 'stranger'])), 'one.eml')
  await take(incidentId, message('two', at(['ann', 'cas', 'dora', 'emil'])), 'two.eml')
  const digest = createHash('sha256').update('bob@shop.example').digest('hex')
  await take(incidentId, `${digest}\n`, 'three.txt')
  const seen = await batchesOf(incidentId)
  expect(seen).toMatchObject({
    batches: 3,
    addresses: 7,
    largest: [
      { listName: 'two.eml', kind: 'mail', label: '<two@mail>', addresses: 4, accounts: 2 },
      { listName: 'one.eml', at: '2024-11-01T06:00:00.000Z', addresses: 3, accounts: 2 },
      { listName: 'three.txt', kind: 'list', label: null, at: null, addresses: 1, accounts: 1 },
    ],
    spread: [
      { batches: 1, accounts: 1 },
      { batches: 2, accounts: 2 },
    ],
  })
  expect(JSON.stringify(seen)).not.toContain('shop.example')
})

test('the same address twice in a batch counts once, and other incidents do not count', async () => {
  const incidentId = await anIncident(scene, [])
  await take(incidentId, 'crowd-1@shop.example\ncrowd-1@shop.example\n', 'a.txt')
  expect(await batchesOf(incidentId)).toMatchObject({
    batches: 1,
    addresses: 1,
    largest: [{ addresses: 1, accounts: 1 }],
    spread: [{ batches: 1, accounts: 1 }],
  })
})

test('an incident without a list has no batch, and one that is not there is refused', async () => {
  const incidentId = await anIncident(scene, [])
  expect(await batchesOf(incidentId)).toEqual({
    batches: 0,
    addresses: 0,
    largest: [],
    spread: [],
  })
  const { status, body } = await rosa.ask('GET', '/v1/incidents/nothing/batches')
  expect([status, body.type]).toEqual([404, 'urn:cordon:problem:incident_not_found'])
})

test('the default policy can be chosen before it was used, and others once they were', async () => {
  const named = async () => (await rosa.ask('GET', '/v1/policies')).body.items
  expect(await named()).toMatchObject([
    { name: 'exposed-addresses@1', isDefault: true, storedAt: null },
  ])
  const policy = { ...DEFAULT_POLICY, name: 'only-notify', version: 3 }
  await planned(server.world, { title: 'other', lists: ['crowd-1@shop.example\n'], policy })
  expect(await named()).toMatchObject([
    { name: 'exposed-addresses@1', isDefault: true },
    {
      name: 'only-notify@3',
      isDefault: false,
      storedAt: expect.any(String),
      tiers: expect.arrayContaining([
        { name: 'listed', says: 'its address was exposed', effects: ['notify'] },
      ]),
    },
  ])
})
