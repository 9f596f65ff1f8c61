import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { isSound, killSenders } from './mail-kills.js'

const SENDERS = 3
const CONNECTIONS = 4
/** So slow that 20,000 mails outlast 200 kills. */
const REPLY_MS = 80

/** `npm run chaos -- mail`: senders killed at random moments, and connections lost after the dot. */
export async function mailChaos(asked: {
  kills: number
  mails: number
  seed: number
}): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-chaos-mail-'))
  const app = await openApp(readConfig({ CORDON_DATA_DIR: dataDir, LOG_LEVEL: 'silent' }))
  const startedAt = performance.now()
  try {
    const found = await killSenders({
      ...app,
      ...asked,
      senders: SENDERS,
      connections: CONNECTIONS,
      replyMs: REPLY_MS,
      dropShare: 0.01,
      onKill: ({ no, sender, underWay, left }) => {
        if (no % 10 === 0)
          console.log(
            `kill ${no}: sender ${sender} with ${underWay} messages under way, ${left} mails to go`,
          )
      },
    })
    const { kills, ...counts } = found
    const sound = isSound(found, CONNECTIONS)
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    console.log(
      JSON.stringify({ seed: asked.seed, kills: kills.length, ...counts, seconds, sound }),
    )
    return sound
  } finally {
    await app.close()
    await wipeEmbeddedPostgres(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
  }
}
