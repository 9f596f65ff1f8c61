import { createTestDatabase } from '../support/database.js'

test('every test file gets a migrated database of its own', async () => {
  const one = await createTestDatabase()
  const two = await createTestDatabase()
  expect(one.url).not.toBe(two.url)
  expect(await one.db.account.count()).toBe(0)
  await one.close()
  await two.close()
})
