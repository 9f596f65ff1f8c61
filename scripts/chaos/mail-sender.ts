import { setTimeout as pause } from 'node:timers/promises'
import { openAll } from '../../src/cases/service.js'
import { type MailDeps, sendDue } from '../../src/mail/jobs.js'
import { openDatabase } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import { SENDER } from '../../test/unit/mail/fixtures.js'

// A process that sends what is due, as a worker does, until somebody ends it. Says `ready` to who made it.
const [databaseUrl = '', smtpUrl = '', connections = '4'] = process.argv.slice(2)
const { db, pool } = await openDatabase(databaseUrl)
const deps: MailDeps = {
  db,
  pool,
  log: createLog('silent'),
  sender: SENDER,
  transport: openTransport(new Secret(smtpUrl), Number(connections)),
  mint: mintTokens,
  onUndeliverable: (tx, { accountNo, sweepId, status }) =>
    openAll(
      tx,
      [
        {
          accountNo,
          sweepId,
          tier: 'undelivered',
          priority: 'high',
          score: 100,
          because: [`mail_${status}`],
        },
      ],
      'cordon',
    ),
}
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
const IDLE_MS = 100
while (!stop.signal.aborted) {
  await sendDue(deps, stop.signal).catch(() => undefined)
  await pause(IDLE_MS)
}
process.exit(0)
