import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { killRounds } from '../../scripts/chaos/kill-rounds.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'

// The short form of `npm run chaos`: real workers, killed with SIGKILL at random moments.

const ROUNDS = 3
const SEED = 20191101

let found: Awaited<ReturnType<typeof killRounds>>
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cordon-kill-'))
  found = await killRounds({ dataDir, rounds: ROUNDS, accounts: 800, seed: SEED })
}, 180_000)

afterAll(async () => {
  await wipeEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

test('every kill landed: the worker died by SIGKILL with work left to do', () => {
  expect(found.rounds).toHaveLength(ROUNDS)
  for (const { signal, left } of found.rounds) {
    expect(signal).toBe('SIGKILL')
    expect(left.chunks + left.mails).toBeGreaterThan(0)
  }
})

test('the next worker finishes: exactly one outcome for every account', () => {
  for (const { outcomes, accounts } of found.rounds) expect(outcomes).toBe(accounts)
})

test('a reset raised the credential epoch exactly once', () => {
  for (const { resetsWithoutOneEpoch } of found.rounds) expect(resetsWithoutOneEpoch).toBe(0)
})

test('nobody got a second mail, and nobody is missing without people knowing', () => {
  for (const { twice, missing, unknown, casesForUnknown } of found.rounds) {
    expect({ twice, missing }).toEqual({ twice: 0, missing: 0 })
    expect(casesForUnknown).toBe(unknown)
  }
})

test('the audit chain verifies over all rounds', () => {
  expect(found.audit.fault).toBeUndefined()
  expect(found.audit.verified).toBeGreaterThan(0)
})
