import { deliverDue } from '../../src/events/jobs.js'
import { createCipher } from '../../src/platform/cipher.js'
import { openDatabase } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'

// A process that delivers what is due, as a worker would, until somebody ends it.
const [url = '', key = ''] = process.argv.slice(2)
const { db } = await openDatabase(url, 4)
await deliverDue({
  db,
  cipher: createCipher(Buffer.from(key, 'hex')),
  log: createLog('silent'),
  outbound: { allowPrivate: true },
  issuer: 'https://accounts.example.com',
})
process.exit(0)
