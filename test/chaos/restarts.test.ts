import { isLossless, type Restarts, rollingRestarts } from '../../scripts/chaos/restarts.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder } from '../support/processes.js'

// The short form of `npm run chaos -- restarts`.

let found: Restarts
beforeAll(async () => {
  const folder = aFolder()
  const database = await createTestDatabase()
  const { path: dataDir } = folder
  const options = { databaseUrl: database.url, dataDir, restarts: 1, perSecond: 50 }
  try {
    found = await rollingRestarts(options)
  } finally {
    await database.close()
    folder.remove()
  }
})

test('a process was restarted, with requests before, during and after', () => {
  expect(found.exits).toEqual([0])
  expect(found.acknowledged).toBeGreaterThan(100)
})

test('no request was lost and none failed; what was acknowledged is stored', () => {
  expect(found.answers).toEqual({ 202: found.acknowledged, 404: found.sent - found.acknowledged })
  expect(found.missing).toBe(0)
  expect(isLossless(found)).toBe(true)
})
