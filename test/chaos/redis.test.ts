import { isUnharmed, type RedisStorm, redisProgram, redisStorm } from '../../scripts/chaos/redis.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder } from '../support/processes.js'

// The short form of `npm run chaos -- redis`: real workers, a real Redis that is emptied and killed.

const program = redisProgram()
const onRedis = program ? describe : describe.skip

onRedis('a queue on Redis', () => {
  let found: RedisStorm
  beforeAll(async () => {
    const folder = aFolder()
    const database = await createTestDatabase()
    try {
      found = await redisStorm({
        program: program ?? '',
        databaseUrl: database.url,
        dataDir: folder.path,
        faults: ['flush', 'kill'],
        accounts: 400,
        awayMs: 0,
      })
    } finally {
      await database.close()
      folder.remove()
    }
  }, 120_000)

  test('was emptied, and killed and came back empty, with work left', () => {
    const [flush, kill] = found.blows
    expect([flush?.keys[0], flush?.keys[1]]).toEqual([expect.any(Number), 0])
    expect(flush?.keys[0]).toBeGreaterThan(0)
    expect(kill?.process[0]).not.toBe(kill?.process[1])
    expect(found.blows.every(({ chunksLeft }) => chunksLeft > 0)).toBe(true)
  })

  test('lost nothing by it and did nothing twice', () => {
    const { accounts, outcomes, wrongEpochs, twice, lost, unexplained } = found.findings
    expect(outcomes).toBe(accounts)
    expect({ wrongEpochs, twice, lost, unexplained }).toEqual({
      wrongEpochs: 0,
      twice: 0,
      lost: 0,
      unexplained: 0,
    })
    expect(isUnharmed(found)).toBe(true)
  })

  test('held no address', () => {
    expect(found.values).toBeGreaterThan(0)
    expect(found.addresses).toBe(0)
  })
})
