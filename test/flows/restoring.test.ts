import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointSigner } from '../../src/audit/checkpoint.js'
import {
  newestCheckpoint,
  openCheckpoints,
  readCheckpoints,
} from '../../src/audit/checkpointing/service.js'
import { cameFromElsewhere, isOlderThan } from '../../src/audit/lineage/service.js'
import { compareWith } from '../../src/audit/prefix.js'
import { verifyAudit } from '../../src/audit/service.js'
import { plainTerms } from '../../src/mail/forecast/terms.js'
import { sendDue } from '../../src/mail/jobs.js'
import { openValve, valveState } from '../../src/mail/service.js'
import { wavesPolicy } from '../../src/mail/waves/policy.js'
import { refuseForeignRecord, stopOlderRecord } from '../../src/restored-record.js'
import { getSweep, resumeSweep } from '../../src/sweeps/control/service.js'
import { settleRestored } from '../../src/sweeps/restoring/service.js'
import { dueChunks, executeChunk } from '../../src/sweeps/running/service.js'
import { cordonHere } from '../support/cli-here.js'
import { copyTestDatabase } from '../support/database.js'
import { aMailing, type Mailing, NEVER } from '../support/mailing.js'
import { aFolder } from '../support/processes.js'
import { sealEverything } from '../support/seal.js'
import {
  accounts,
  asOwner,
  aWorld,
  letWavesGo,
  linesOf,
  outcomesOf,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'

// A sweep is under way when its database is copied. It goes on until the machine is lost, and the
// copy is all there is. What the mail server saw, and the checkpoints, are kept outside of both.

const COUNT = 240
const CANARY = 10
/** What the two first chunks stage: the holds nothing, the canary this many. */
const STAGED = 50
const ids = Array.from({ length: COUNT }, (_, index) => `r${index}`)
const order = { actor: 'os:test', reason: 'the disk died' }
const opening = { actor: 'os:test', reason: 'settled' }
const signer = checkpointSigner(new Uint8Array(32).fill(5))
const folder = aFolder()
const checkpoints = join(folder.path, 'checkpoints')
let lost: World
let backup: World
let second: World
let careless: World
let mailing: Mailing
let sweepId: string
/** The addresses that were mailed after the backup was made, as a mail server's log has them. */
let leftSince: Set<string>

const mailed = () => mailing.sink.messages.map(({ rcpts }) => rcpts[0] ?? '')
const write = (world: World) => openCheckpoints({ ...world, signer, folder: checkpoints }).write()
const here = (world: World) => ({ ...world, databaseUrl: world.url })

async function aWave(world: World): Promise<void> {
  await letWavesGo(world)
  await sendDue({ ...mailing.deps, db: world.db, pool: world.pool }, NEVER)
}

/** Lets waves go and sends, until nothing leaves any more. */
async function sendAll(world: World): Promise<void> {
  for (let before = -1; before < mailed().length; ) {
    before = mailed().length
    await aWave(world)
  }
}

/** The holds and the canary. */
async function beginningOf(world: World): Promise<void> {
  for (let phase = 0; phase < 2; phase += 1) {
    const [first] = await dueChunks(world.db, sweepId)
    await executeChunk(world, sweepId, first?.no ?? -1)
  }
}

async function mailsBy(world: World): Promise<Record<string, number>> {
  const found = await world.db.$queryRaw<{ status: string; mails: number }[]>`
    SELECT status, count(*)::int AS mails FROM mail GROUP BY 1`
  return Object.fromEntries(found.map(({ status, mails }) => [status, mails]))
}

const casesIn = async ({ db }: World) =>
  db.reviewCase.count({ where: { because: { has: 'mail_unknown' } } })

beforeAll(async () => {
  lost = {
    ...(await aWorld()),
    mailTerms: plainTerms(wavesPolicy({ canary: CANARY }, 'embedded_mailbox')),
  }
  mailing = await aMailing(lost)
  await lost.db.$executeRaw`
    INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES ('shop', 1e6, 1e6, 100, 100)`
  await lost.db.$executeRaw`
    INSERT INTO mail_domain (domain, lane, source, expires_at) VALUES ('shop.example', 'shop', 'table', 'infinity')`
  await openValve(lost, opening)
  await accounts(
    lost,
    ids.map((id) => risky(id)),
  )
  sweepId = await started(lost, await planned(lost, { title: 'restore', lists: [linesOf(ids)] }))
  await beginningOf(lost)
  await aWave(lost)
  await sealEverything(lost)
  await write(lost)
  backup = { ...lost, ...(await copyTestDatabase(lost.url)) }
  second = { ...lost, ...(await copyTestDatabase(lost.url)) }
  careless = { ...lost, ...(await copyTestDatabase(lost.url)) }
  const before = mailed().length
  await runAll(lost, sweepId)
  await aWave(lost)
  await aWave(lost)
  await sealEverything(lost)
  await write(lost)
  leftSince = new Set(mailed().slice(before))
})
afterAll(async () => {
  await mailing.close()
  for (const world of [careless, second, backup, lost]) await world.close()
  folder.remove()
})

test('the scene is one: something was mailed before the backup, more after it, and some never', async () => {
  expect(await mailsBy(backup)).toEqual({ accepted: CANARY, staged: STAGED - CANARY })
  expect(leftSince.size).toBeGreaterThan(STAGED)
  expect(mailed()).toHaveLength(CANARY + leftSince.size)
  expect(mailed().length).toBeLessThan(COUNT)
  expect(Object.keys(await outcomesOf(lost, sweepId))).toHaveLength(COUNT)
  expect(Object.keys(await outcomesOf(backup, sweepId))).toHaveLength(STAGED)
})

test('a checkpoint from outside shows that the restored record is an older one', async () => {
  const { testimonies } = await readCheckpoints(checkpoints, [signer])
  const newest = await newestCheckpoint(checkpoints, [signer])
  expect(newest).toEqual(testimonies.at(-1))
  expect(await isOlderThan(lost, newest)).toBe(false)
  expect(await isOlderThan(backup, newest)).toBe(true)
  const comparison = compareWith(testimonies)
  const result = await verifyAudit(backup, { onLink: comparison.onLink })
  expect(result.fault).toBeUndefined()
  expect(comparison.finish(true)).toMatchObject({ agreeing: 1, fault: { problem: 'cut_off' } })
})

test('with the log of the mail server, everybody is mailed once and has one outcome', async () => {
  const mayHaveLeft = (recipient: string) => leftSince.has(recipient)
  const first = await settleRestored(here(backup), { ...order, mayHaveLeft })
  expect(first).toMatchObject({ paused: [sweepId], stopped: [sweepId], tookOver: false })
  expect(first.linksEnded).toBe(CANARY)
  expect(first.doubted + first.waiting).toBe(STAGED - CANARY)
  expect((await getSweep(backup.db, sweepId)).status).toBe('paused')

  await resumeSweep(backup, sweepId, 'os:test')
  await runAll(backup, sweepId)
  await sendAll(backup)
  expect(mailed()).toHaveLength(CANARY + leftSince.size) // both valves are closed

  const again = await settleRestored(here(backup), { ...order, mayHaveLeft })
  expect(again).toMatchObject({ paused: [], stopped: [], linksEnded: 0 })
  expect(first.doubted + again.doubted).toBe(leftSince.size)
  await openValve(backup, opening)
  await sendAll(backup)
  expect(mailed()).toHaveLength(CANARY + leftSince.size) // that of the sweep is still closed
  await openValve(backup, { ...opening, scope: `sweep:${sweepId}` })
  await sendAll(backup)

  expect(new Set(mailed()).size).toBe(COUNT)
  expect(mailed()).toHaveLength(COUNT)
  expect(Object.keys(await outcomesOf(backup, sweepId))).toHaveLength(COUNT)
  expect(await mailsBy(backup)).toEqual({
    accepted: COUNT - leftSince.size,
    unknown: leftSince.size,
  })
  expect(await casesIn(backup)).toBe(leftSince.size)
})

test('the record goes on, verifies, and still does not pass for the one that was lost', async () => {
  await sealEverything(backup)
  const { testimonies } = await readCheckpoints(checkpoints, [signer])
  const comparison = compareWith(testimonies)
  const { fault, waiting } = await verifyAudit(backup, { onLink: comparison.onLink })
  expect({ fault, waiting }).toEqual({ fault: undefined, waiting: 0 })
  expect(comparison.finish(true)).toMatchObject({ agreeing: 1, fault: { problem: 'rewritten' } })
  expect(await backup.db.auditEvent.count({ where: { kind: 'database.restored' } })).toBe(2)
})

describe('a dump in another cluster, without any log', () => {
  beforeAll(async () => {
    // Where it came from, transactions had reached far greater numbers than they have here.
    await asOwner(second, 'ALTER TABLE audit_event DISABLE TRIGGER USER')
    await asOwner(second, 'UPDATE audit_event SET tx = (tx::text::bigint + 1000000000)::text::xid8')
  })

  test('is noticed, and taken over so that its record goes on', async () => {
    expect(await cameFromElsewhere(lost)).toBe(false)
    expect(await cameFromElsewhere(second)).toBe(true)
    const { tookOver } = await settleRestored(here(second), { ...order, mayHaveLeft: () => true })
    expect(tookOver).toBe(true)
    expect(await cameFromElsewhere(second)).toBe(false)
    await sealEverything(second)
    const { fault, waiting } = await verifyAudit(second)
    expect({ fault, waiting }).toEqual({ fault: undefined, waiting: 0 })
  })

  test('sends nothing that waited, and asks people about each of them', async () => {
    expect(await mailsBy(second)).toEqual({ accepted: CANARY, unknown: STAGED - CANARY })
    expect(await casesIn(second)).toBe(STAGED - CANARY)
    expect((await valveState(second.db)).state).toBe('closed')
    const before = mailed().length
    await openValve(second, opening)
    await openValve(second, { ...opening, scope: `sweep:${sweepId}` })
    await sendAll(second)
    expect(mailed()).toHaveLength(before)
  })
})

describe('whoever forgets all this', () => {
  const config = { dataDir: '', checkpoints: { folder: checkpoints, key: undefined } }
  const app = () => ({ ...careless, config })

  test('is stopped by the checkpoints: all mail, before any leaves', async () => {
    await stopOlderRecord(app(), signer)
    expect(await valveState(careless.db)).toMatchObject({ state: 'closed', changedBy: 'cordon' })
    const before = mailed().length
    await sendAll(careless)
    expect(mailed()).toHaveLength(before)
  })

  test('and would send twice without them', async () => {
    await openValve(careless, opening)
    await aWave(careless)
    expect(mailed().length).toBeGreaterThan(new Set(mailed()).size)
  })

  test('is not disturbed where the record is the newest', async () => {
    await stopOlderRecord({ ...lost, config }, signer)
    expect((await valveState(lost.db)).state).toBe('open')
  })

  test('cannot serve a dump of another cluster', async () => {
    await expect(refuseForeignRecord(careless)).resolves.toBeUndefined()
    await asOwner(
      careless,
      'UPDATE audit_event SET tx = (tx::text::bigint + 2000000000)::text::xid8',
    )
    await expect(refuseForeignRecord(careless)).rejects.toMatchObject({
      code: 'service_unavailable',
      detail: expect.stringContaining('cordon restored'),
    })
  })
})

describe('at a shell', () => {
  const cordon = (...args: string[]) =>
    cordonHere(['restored', '--reason', 'practice', ...args], {
      DATABASE_URL: lost.url,
      CORDON_DATA_DIR: folder.path,
    })
  const file = join(folder.path, 'mail.log')

  test('a log without any address is refused, and nothing is done', async () => {
    writeFileSync(file, 'nothing here\n')
    const { code, err } = await cordon('--left', file)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('no address') })
    expect((await valveState(lost.db)).state).toBe('open')
  })

  test('what the log names is in doubt, and the rest waits', async () => {
    const [waiting] = await lost.db.mail.findMany({ where: { status: 'staged' }, take: 1 })
    writeFileSync(
      file,
      `postfix/smtp[1]: 4XyZ: to=<${waiting?.recipient.toUpperCase()}>, status=sent\n`,
    )
    const { staged = 0 } = await mailsBy(lost)
    const { code, out } = await cordon('--left', file, '--json')
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, doubted: 1, waiting: staged - 1 })
    expect(await valveState(lost.db)).toMatchObject({ state: 'closed', reason: 'practice' })
  })
})
