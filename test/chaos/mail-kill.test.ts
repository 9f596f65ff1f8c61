import { killSenders, type MailKillResult } from '../../scripts/chaos/mail-kills.js'
import type { Database } from '../../src/platform/db.js'
import { createTestDatabase } from '../support/database.js'

// The short form of `npm run chaos -- mail`: real sender processes, killed with SIGKILL while they send.

const KILLS = 5
const CONNECTIONS = 4
let database: Database & { url: string }
let found: MailKillResult
beforeAll(async () => {
  database = await createTestDatabase()
  found = await killSenders({
    databaseUrl: database.url,
    ...database,
    kills: KILLS,
    mails: 600,
    senders: 2,
    connections: CONNECTIONS,
    replyMs: 60,
    dropShare: 0.02,
    seed: 20191101,
  })
}, 180_000)
afterAll(() => database.close())

test('every kill landed on a sender with messages under way and mails to go', () => {
  expect(found.kills).toHaveLength(KILLS)
  for (const { signal, underWay, left } of found.kills) {
    expect(signal).toBe('SIGKILL')
    expect(Math.min(underWay, left)).toBeGreaterThan(0)
  }
})

test('no server saw the end of a message twice, and no mail is lost', () => {
  expect(found).toMatchObject({ mails: 600, twice: 0, lost: 0 })
  expect(found.accepted + found.unknown).toBe(600)
})

test('what a kill left unknown is no more than was under way, and each has its stamp, audit row and case', () => {
  expect(found.unexplained).toBe(0)
  expect(found.unknown - found.dropped).toBeLessThanOrEqual(KILLS * CONNECTIONS)
})

test('a connection lost after the dot leaves its mail unknown, and it is never sent again', () => {
  expect(found.dropped).toBeGreaterThan(0)
  expect(found.droppedKnown).toBe(found.dropped)
})

test('the invariants that speak of mail hold', () => {
  expect(found.broken).toEqual([])
})
