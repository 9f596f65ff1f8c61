import { join } from 'node:path'
import pg from 'pg'
import { calmRun } from './calm.js'
import { withRecord } from './final-state.js'
import { judge, letRun, request, untilOver } from './ground.js'
import { type OwnGround, onPostgresOfItsOwn, POSTED, saysAway } from './own-postgres.js'
import type { Found, Scenario, Terms } from './scenario.js'
import { openSmallDisk, type SmallDisk } from './small-disk.js'
import { until } from './until.js'

const ACCOUNTS = 40
const MEBIBYTES = 400
const POSTS = 5

export const fullDisk: Scenario = {
  name: 'full-disk',
  fault: 'no byte is left for tables, then none for the write-ahead log, while a sweep is to run',
  proof: 'Postgres refused a row with 53100, and then ended or refused everything',
  holds: 'callers hear 503 with Retry-After; with room again all ends as in an undisturbed run',
  async play({ isShort }: Terms) {
    const disk = await openSmallDisk(MEBIBYTES)
    if (!disk) return { skipped: 'only root can mount a small disk' }
    const calm = await calmRun(ACCOUNTS, isShort)
    try {
      return await onPostgresOfItsOwn(
        { accounts: ACCOUNTS, folder: join(disk.folder, 'data') },
        (ground) => outOfRoom(ground, disk, withRecord(calm.state, POSTED)),
      )
    } finally {
      await disk.close()
    }
  },
}

type Calm = Parameters<typeof judge>[2]

async function outOfRoom(ground: OwnGround, disk: SmallDisk, calm: Calm): Promise<Found> {
  const { app, postgres, env } = ground
  const sweepId = await request(app)
  await disk.fill()
  const refused = await writeUntilRefused(env.DATABASE_URL ?? '', ROWS)
  const started = letRun(app, sweepId)
  const wrong = await answersOf(ground)
  const ended = await writeUntilRefused(env.DATABASE_URL ?? '', LOG)
  wrong.push(...(await answersOf(ground)))
  await disk.empty()
  await until('Postgres', async () => {
    await postgres.revive()
    return true
  })
  await started
  await untilOver(app, sweepId)
  await until('an answer', async () => (await ground.post(0))?.status === 201)
  wrong.push(...(await judge(ground, sweepId, calm)))
  return {
    runs: 1,
    landed: refused === '53100' && ended !== undefined ? 1 : 0,
    wrong,
    note: `rows refused with ${refused}, the log with ${ended}`,
  }
}

/** While there is no room nothing is made, and nobody hears of a bug. */
async function answersOf({ post }: OwnGround): Promise<string[]> {
  const wrong: string[] = []
  for (let no = 0; no < POSTS; no += 1) {
    const answer = await post(0)
    if (answer?.status !== 201 && !saysAway(answer))
      wrong.push(`without room the API answered ${answer?.status}: ${JSON.stringify(answer?.body)}`)
  }
  return wrong
}

const ROWS = `CREATE TABLE ballast AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)`
const LOG = `SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 1000000)) FROM generate_series(1, 16)`
const TIMES = 40

/** The SQLSTATE with which the server refused, or how the connection broke. */
async function writeUntilRefused(databaseUrl: string, sql: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (let no = 0; no < TIMES; no += 1) await client.query(sql)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message
  } finally {
    await client.end().catch(() => undefined)
  }
}
