import { setTimeout as pause } from 'node:timers/promises'
import { sendDue } from '../../src/mail/jobs.js'
import { prepare } from '../../src/mail/prepare.js'
import { openDatabase } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { aMail, SENDER } from '../unit/mail/fixtures.js'

// A process that sends what is due, as a worker would, until its parent goes away or ends it.
const [databaseUrl = '', smtpUrl = '', connections = '4'] = process.argv.slice(2)
const database = await openDatabase(databaseUrl, 6)
const transport = openTransport(new Secret(smtpUrl), Number(connections))
const stop = new AbortController()
process.on('disconnect', () => stop.abort())
// A process that has never written a mail takes longer over its first than a slot lasts.
for (let n = 0; n < 20; n += 1) await prepare(aMail(), SENDER, new Date())
process.send?.('ready')
while (!stop.signal.aborted) {
  await sendDue(
    {
      ...database,
      log: createLog('silent'),
      sender: SENDER,
      transport,
      mint: async () => new Map(),
      onUndeliverable: async () => undefined,
    },
    stop.signal,
  )
  await pause(100)
}
transport.close()
await database.close()
process.exit(0)
