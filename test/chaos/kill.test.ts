import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { hasLanded, type Storm, storm } from '../../scripts/chaos/storm.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'

// The short form of `npm run chaos`: real workers killed with SIGKILL, a real Postgres broken off.

const KILLS = 4
const CRASHES = 1

let found: Storm
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cordon-kill-'))
  const faults = { kills: KILLS, crashes: CRASHES }
  found = await storm({ dataDir, ...faults, accounts: 1_600, workers: 2, seed: 20191101 })
}, 180_000)

afterAll(async () => {
  await wipeEmbeddedPostgres(dataDir)
  await rm(dataDir, { recursive: true, force: true })
})

test('every fault landed: the worker died by SIGKILL, or Postgres is another process, with work left', () => {
  const { faults } = found
  expect(faults.filter(({ kind }) => kind === 'kill')).toHaveLength(KILLS)
  expect(faults.filter(({ kind }) => kind === 'crash')).toHaveLength(CRASHES)
  expect(faults.filter((fault) => !hasLanded(fault))).toEqual([])
})

test('whoever is left finishes: exactly one outcome for every account', () => {
  expect(found.findings.outcomes).toBe(found.findings.accounts)
})

test('a reset raised the credential epoch exactly once', () => {
  expect(found.findings.resets).toBeGreaterThan(0)
  expect(found.findings.wrongEpochs).toBe(0)
})

test('nobody got a second mail, and nobody is missing without people knowing', () => {
  const { twice, lost, unexplained, mails, accepted, unknown } = found.findings
  expect({ twice, lost, unexplained }).toEqual({ twice: 0, lost: 0, unexplained: 0 })
  expect(accepted + unknown).toBe(mails)
})

test('every invariant that a database shows holds', () => {
  expect(found.findings.broken).toEqual([])
})

test('the record of all that verifies', () => {
  expect(found.findings.auditFault).toBeNull()
  expect(found.findings.auditEvents).toBeGreaterThan(0)
})
