import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  startEmbeddedPostgres,
  wipeEmbeddedPostgres,
} from '../../src/platform/embedded-postgres.js'
import { isUnharmed, redisProgram, redisStorm } from './redis.js'
import { isLossless, rollingRestarts } from './restarts.js'
import { isSeamless, upgradeUnderLoad } from './versions.js'

const FAULTS = ['flush', 'kill', 'away'] as const
const AWAY_MS = 10_000
const STILL_MS = 8_000
const ACCOUNTS = 1_000
const PER_SECOND = 200

export type ProcessChaos = 'redis' | 'restarts' | 'versions'

/** The long forms of what test/chaos does shortly: Redis in trouble, processes restarted in turn; and a new version beside an old one. */
export async function processChaos(
  what: ProcessChaos,
  { rounds, from }: { rounds: number; from?: string | undefined },
): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'cordon-chaos-'))
  const place = join(root, 'postgres')
  const server = await startEmbeddedPostgres(place)
  const shared = { databaseUrl: server.url, dataDir: join(root, 'data') }
  try {
    if (what === 'restarts') {
      const options = { restarts: rounds, stillMs: STILL_MS, perSecond: PER_SECOND }
      const found = await rollingRestarts({ ...shared, ...options })
      console.log(JSON.stringify({ ...found, sound: isLossless(found) }))
      return isLossless(found)
    }
    if (what === 'versions') {
      const found = await upgradeUnderLoad({ ...shared, from, perSecond: PER_SECOND })
      console.log(JSON.stringify({ ...found, sound: isSeamless(found) }))
      return isSeamless(found)
    }
    const program = redisProgram()
    if (!program) throw new Error('There is no redis-server on this machine')
    const faults = Array.from({ length: rounds }, (_, no) => FAULTS[no % 3] ?? 'flush')
    const options = { program, faults, accounts: ACCOUNTS, awayMs: AWAY_MS }
    const found = await redisStorm({ ...shared, ...options })
    console.log(JSON.stringify({ ...found, sound: isUnharmed(found) }))
    return isUnharmed(found)
  } finally {
    await server.close()
    await wipeEmbeddedPostgres(place)
    rmSync(root, { recursive: true, force: true })
  }
}
