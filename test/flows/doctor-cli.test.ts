import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointSigner } from '../../src/audit/checkpoint.js'
import { openCheckpoints } from '../../src/audit/checkpointing/service.js'
import { cordonHere } from '../support/cli-here.js'
import { aFolder } from '../support/processes.js'
import { sealEverything } from '../support/seal.js'
import {
  accounts,
  asOwner,
  aWorld,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'

const folder = aFolder()
const checkpoints = join(folder.path, 'checkpoints')
const KEY = '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9'
let world: World
beforeAll(async () => {
  world = await aWorld(4)
  await accounts(world, [risky('ann'), risky('ben')])
  const sweepId = await planned(world, { title: 'leak', lists: [linesOf(['ann', 'ben'])] })
  await runAll(world, await started(world, sweepId))
  await sealEverything(world)
  const signer = checkpointSigner(Buffer.from(KEY, 'hex'))
  mkdirSync(checkpoints)
  await openCheckpoints({ ...world, signer, folder: checkpoints }).write()
})
afterAll(async () => {
  await world.close()
  folder.remove()
})

const doctor = (...args: string[]) =>
  cordonHere(['doctor', ...args], {
    CORDON_DATA_DIR: folder.path,
    DATABASE_URL: world.url,
    CHECKPOINT_KEY: KEY,
  })

test('says of everything whether it is well, and ends with 0', async () => {
  const { code, out } = await doctor()
  expect(out).toMatch(/ok +migrations +all applied/)
  expect(out).toMatch(/ok +checkpoints +1 in /)
  expect(out).toMatch(/holds +I3 +coupled/)
  expect(out).toMatch(/not seen +I17 /)
  expect(code).toBe(0)
})

test('names what is broken by public ids, says what to do, and ends with 1', async () => {
  await asOwner(world, 'UPDATE standing SET session_epoch = session_epoch + 1')
  const { code, out } = await doctor('--only', 'i3,I6')
  expect(code).toBe(1)
  expect(out).toMatch(/BROKEN +I3 +coupled/)
  expect(out).toContain('account ann, ben')
  expect(out).toContain('What to do:')
  expect(out).not.toMatch(/@|I8|Installation/)
  const json = JSON.parse((await doctor('--only', 'I3', '--json')).out)
  expect(json).toMatchObject({
    broken: true,
    installation: [],
    invariants: [{ id: 'I3', result: 'broken' }],
  })
  await asOwner(world, 'UPDATE standing SET session_epoch = session_epoch - 1')
})

test('a checkpoint that saw more than there is breaks the chain', async () => {
  await asOwner(world, 'DELETE FROM audit_seal WHERE index = (SELECT max(index) FROM audit_seal)')
  const { code, out } = await doctor('--only', 'I9')
  expect([code, out]).toEqual([
    1,
    expect.stringContaining('A checkpoint is no beginning of this record'),
  ])
})

test('a question that would wait for a lock is given up, and not taken for an answer', async () => {
  const locking = await world.pool.connect()
  try {
    await locking.query('BEGIN; SET LOCAL ROLE NONE; LOCK TABLE mail_seed')
    const { out } = await doctor('--only', 'I5', '--json')
    const because = expect.stringContaining('locked')
    expect(JSON.parse(out).invariants).toMatchObject([{ result: 'not_visible', because }])
  } finally {
    await locking.query('ROLLBACK')
    locking.release(true)
  }
})

test('without an installation, and with a wrong id, it refuses and makes nothing', async () => {
  const empty = join(folder.path, 'empty')
  const nothing = await cordonHere(['doctor'], { CORDON_DATA_DIR: empty })
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('There is no Cordon in')])
  expect(await doctor('--only', 'I21')).toMatchObject({ code: 2 })
})

test('a database that does not answer is what is broken', async () => {
  const { code, out } = await cordonHere(['doctor', '--json'], {
    CORDON_DATA_DIR: folder.path,
    DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  })
  expect(code).toBe(1)
  expect(JSON.parse(out).installation).toMatchObject([{ name: 'database', result: 'broken' }])
})
