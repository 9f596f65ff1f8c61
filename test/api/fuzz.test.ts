import { runFuzz } from '../support/fuzz/run.js'

// The long version is `npm run fuzz`. A failure prints what was sent; the seed makes it again.
const REQUESTS = 2_000

test('whatever is asked, the answer is documented, no bug, and every change has its audit row', async () => {
  const found = await runFuzz(REQUESTS, { seed: 20261126 })
  expect(found.problems).toEqual([])
  expect(found.unaudited).toEqual([])
  expect(found.requests).toBe(REQUESTS)
  expect(found.changes).toBeGreaterThan(20)
  expect(found.reached.length).toBeGreaterThan(found.asked.length / 3)
}, 180_000)
