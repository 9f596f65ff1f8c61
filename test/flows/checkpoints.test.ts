import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkpointSigner } from '../../src/audit/checkpoint.js'
import { startCheckpoints } from '../../src/audit/checkpointing/jobs.js'
import { openCheckpoints, readCheckpoints } from '../../src/audit/checkpointing/service.js'
import { recordAll } from '../../src/audit/service.js'
import { inTx } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'
import { writeOnce } from '../../src/platform/write-once.js'
import { aFolder, builtCli, collect, end, firstLine, start } from '../support/processes.js'
import { sealEverything } from '../support/seal.js'
import { aWorld, type World } from '../support/world.js'

const WRITER = join(import.meta.dirname, '../support/file-writer.ts')
const signer = checkpointSigner(new Uint8Array(32).fill(3))
const HOUR = 3_600_000
const temporary = aFolder()
let world: World
let folder: string
let clock: number
let folders = 0

beforeAll(async () => {
  world = await aWorld()
})
beforeEach(() => {
  folders += 1
  folder = join(temporary.path, String(folders), 'checkpoints')
  clock = Date.parse('2026-11-24T16:00:00Z')
})
afterAll(async () => {
  await world.close()
  temporary.remove()
})

const deps = () => ({ db: world.db, now: () => new Date(clock), signer, folder })
const happened = async () => {
  await inTx(world.db, (tx) =>
    recordAll(tx, [{ kind: 'account.held', actor: 'cordon', subject: 'account:a' }]),
  )
  await sealEverything(world)
}
const files = () => readdirSync(folder).sort()

describe('checkpoints', () => {
  test('are written at the first turn, and whenever the record grew since', async () => {
    const { write } = openCheckpoints(deps())
    expect(await write()).toBe(true)
    await happened()
    clock += 1_000
    expect(await write()).toBe(true)
    const { testimonies, fault } = await readCheckpoints(folder, [signer])
    expect(fault).toBeUndefined()
    const [first, second] = testimonies
    expect(second?.size).toBe((first?.size ?? 0) + 1)
    expect(testimonies.map(({ file }) => file)).toEqual(files())
  })

  test('say an unchanged record again after an hour and not before, also after a restart', async () => {
    const { write } = openCheckpoints(deps())
    await write()
    clock += HOUR - 1
    expect(await write()).toBe(false)
    expect(await openCheckpoints(deps()).write()).toBe(false)
    clock += 1
    expect(await write()).toBe(true)
    expect(await openCheckpoints(deps()).write()).toBe(false)
    expect(files()).toHaveLength(2)
  })

  test('are not silenced by a clock that was put back', async () => {
    const { write } = openCheckpoints(deps())
    await write()
    clock -= 2 * HOUR
    expect(await write()).toBe(true)
    expect(await write()).toBe(false)
  })

  test('of many processes at once disturb each other in nothing', async () => {
    await happened()
    await Promise.all(Array.from({ length: 10 }, () => openCheckpoints(deps()).write()))
    await happened()
    const writers = Array.from({ length: 10 }, (_, index) =>
      openCheckpoints({ ...deps(), now: () => new Date(clock + index) }),
    )
    await Promise.all(writers.map(({ write }) => write()))
    const { testimonies, fault } = await readCheckpoints(folder, [signer])
    expect(fault).toBeUndefined()
    expect(testimonies.length).toBeGreaterThanOrEqual(2)
    expect(files()).toHaveLength(testimonies.length)
  })

  test('are never replaced, and nobody but their reader is let at them', async () => {
    await openCheckpoints(deps()).write()
    const [name = ''] = files()
    expect(statSync(join(folder, name)).mode & 0o222).toBe(0)
    const before = readFileSync(join(folder, name), 'utf8')
    await writeOnce(folder, name, 'something else')
    expect(readFileSync(join(folder, name), 'utf8')).toBe(before)
    expect(files()).toEqual([name])
  })

  test('that cannot be written are an error in the log, and written as soon as they can be', async () => {
    const logged: unknown[] = []
    const log = {
      ...createLog('silent'),
      error: (event: string, facts?: object) => void logged.push({ event, ...facts }),
    }
    writeFileSync(join(temporary.path, String(folders)), 'a file where the folder should be')
    const running = startCheckpoints({ ...deps(), log })
    await running.close()
    expect(logged).toEqual([{ event: 'audit.checkpoint_failed', because: 'ENOTDIR' }])
    await running.finish()
    expect(logged).toHaveLength(2)
    rmSync(join(temporary.path, String(folders)))
    await running.finish()
    expect(logged).toHaveLength(2)
    expect(files()).toHaveLength(1)
  })
})

test('a process killed while it writes leaves whole files and drafts, never half a file', async () => {
  const isWhole = (path: string) => readFileSync(path).subarray(-5).toString() === '\nend\n'
  let halfDrafts = 0
  for (let round = 0; round < 60 && halfDrafts < 3; round += 1) {
    const into = join(folder, String(round))
    const writer = start(['--import', 'tsx', WRITER, into, '4000000'])
    const told = collect(writer, 'stdout')
    await firstLine(writer)
    await pause(round * 3) // another moment each time
    await end(writer, 'SIGKILL')
    expect(writer.signalCode).toBe('SIGKILL')
    const drafts = readdirSync(into).filter((name) => name.startsWith('.'))
    const named = readdirSync(into).filter((name) => !name.startsWith('.'))
    expect(named.filter((name) => !isWhole(join(into, name)))).toEqual([])
    expect(named).toEqual(expect.arrayContaining(told().split('\n').slice(0, -1)))
    halfDrafts += drafts.filter((name) => !isWhole(join(into, name))).length
    rmSync(into, { recursive: true })
  }
  expect(halfDrafts).toBe(3)
})

test('a worker that is asked to stop ends in time, although somebody’s transaction holds sealing up', async () => {
  const data = join(temporary.path, 'stopping')
  const cli = await builtCli(join(temporary.path, 'built'))
  const env = { DATABASE_URL: world.url, CORDON_DATA_DIR: data, LOG_LEVEL: 'silent' }
  const worker = start([cli, 'serve', '--role', 'worker', '--json'], { env })
  await firstLine(worker)
  const somebody = await world.pool.connect()
  await somebody.query('BEGIN')
  await somebody.query('SELECT pg_current_xact_id()')
  await inTx(world.db, (tx) =>
    recordAll(tx, [{ kind: 'account.held', actor: 'cordon', subject: 'account:late' }]),
  )
  await end(worker, 'SIGTERM')
  await somebody.query('ROLLBACK')
  somebody.release()
  expect([worker.exitCode, worker.signalCode]).toEqual([0, null]) // it ends itself with 1 when it is late
})
