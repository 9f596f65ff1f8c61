import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { isAlive, withLock } from '../../src/platform/directory-lock.js'
import {
  startEmbeddedPostgres,
  wipeEmbeddedPostgres,
} from '../../src/platform/embedded-postgres.js'
import { clusterFolder } from '../../src/platform/postgres-home.js'
import { aFolder, end, firstLine, start } from '../support/processes.js'

const USER = join(import.meta.dirname, '../support/embedded-user.ts')
const user = (folder: string) => start(['--import', 'tsx', USER, folder])
const refused = (code: string) => expect.objectContaining({ code })

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

describe('the embedded Postgres', () => {
  const folder = aFolder()
  afterAll(async () => {
    await wipeEmbeddedPostgres(folder.path)
    folder.remove()
  })

  test('is shared by the processes of a data directory and stopped by the last, also after a kill', async () => {
    const [first, second] = [user(folder.path), user(folder.path)]
    const [url, same] = await Promise.all([firstLine(first), firstLine(second)])
    expect(same).toBe(url)
    await end(first)
    expect(await answers(url)).toBe(true)
    await expect(wipeEmbeddedPostgres(folder.path)).rejects.toEqual(
      refused('data_directory_in_use'),
    )
    await end(second, 'SIGKILL')
    expect(await answers(url)).toBe(true)
    const third = user(folder.path)
    expect(await firstLine(third)).toBe(url)
    await end(third)
    expect(await answers(url)).toBe(false)
  })

  test('keeps its data, on whatever port it starts again', async () => {
    const first = await startEmbeddedPostgres(folder.path)
    const client = new pg.Client({ connectionString: first.url })
    await client.connect()
    await client.query('CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)')
    await client.end()
    await first.close()
    const again = await startEmbeddedPostgres(folder.path)
    const reader = new pg.Client({ connectionString: again.url })
    await reader.connect()
    expect((await reader.query('SELECT id FROM kept')).rows).toEqual([{ id: 7 }])
    await reader.end()
    await again.close()
  })

  test('accepts nobody without its password, and shows it to nobody else', async () => {
    const server = await startEmbeddedPostgres(folder.path)
    const url = new URL(server.url)
    expect(url.hostname).toBe('127.0.0.1')
    url.password = ''
    expect(await answers(url.href)).toBe(false)
    url.password = 'postgres'
    expect(await answers(url.href)).toBe(false)
    expect(readFileSync(join(folder.path, 'postgres.log'), 'utf8')).not.toContain(
      new URL(server.url).password,
    )
    await server.close()
  })
})

describe('a data directory that is not Cordon’s', () => {
  const folder = aFolder()
  afterAll(() => folder.remove())

  /** Where Cordon would look for a cluster in this folder, once everybody may pass through it. */
  async function clusterIn(root: string): Promise<string> {
    chmodSync(root, 0o711)
    const data = await clusterFolder(root)
    mkdirSync(data, { recursive: true })
    return data
  }

  test('held by another running Postgres is refused, and left as it is', async () => {
    const data = await clusterIn(folder.path)
    writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n`)
    await expect(startEmbeddedPostgres(folder.path)).rejects.toMatchObject({
      code: 'data_directory_in_use',
      detail: expect.stringMatching(/process \d+.*CORDON_DATA_DIR/),
    })
    expect(existsSync(join(data, 'postmaster.pid'))).toBe(true)
  })

  test('holding a stopped cluster of somebody else is refused, and not deleted', async () => {
    const other = aFolder()
    const data = await clusterIn(other.path)
    mkdirSync(join(data, 'base'))
    writeFileSync(join(data, 'PG_VERSION'), '16\n')
    writeFileSync(join(data, 'base/1'), 'somebody’s data')
    await expect(startEmbeddedPostgres(other.path)).rejects.toMatchObject({
      code: 'data_directory_in_use',
      detail: expect.stringContaining('CORDON_DATA_DIR'),
    })
    expect(readFileSync(join(data, 'base/1'), 'utf8')).toBe('somebody’s data')
    other.remove()
  })
})

test('a cluster whose making was interrupted is made again', async () => {
  const folder = aFolder()
  chmodSync(folder.path, 0o711)
  const data = await clusterFolder(folder.path)
  mkdirSync(data, { recursive: true })
  writeFileSync(join(folder.path, 'postgres.making'), '')
  writeFileSync(join(data, 'PG_VERSION'), '18\n')
  const server = await startEmbeddedPostgres(folder.path)
  expect(await answers(server.url)).toBe(true)
  expect(existsSync(join(folder.path, 'postgres.making'))).toBe(false)
  await server.close()
  await wipeEmbeddedPostgres(folder.path)
})

describe('the lock of a data directory', () => {
  const folder = aFolder()
  afterAll(() => folder.remove())
  const lock = join(folder.path, 'a.lock')

  test('is held by one at a time', async () => {
    let holders = 0
    let most = 0
    const work = async () => {
      holders += 1
      most = Math.max(most, holders)
      await pause(10)
      holders -= 1
    }
    await Promise.all(Array.from({ length: 8 }, () => withLock(lock, work)))
    expect(most).toBe(1)
    expect(existsSync(lock)).toBe(false)
  })

  test('left behind by a dead process is taken over', async () => {
    const dead = start(['-e', ''])
    const { pid } = dead
    await end(dead)
    while (isAlive(pid ?? 0)) await pause(10)
    writeFileSync(lock, String(pid))
    expect(await withLock(lock, async () => 'mine')).toBe('mine')
  })

  test('is given back when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    )
    expect(existsSync(lock)).toBe(false)
  })
})
