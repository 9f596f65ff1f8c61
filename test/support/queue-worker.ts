import { setTimeout as pause } from 'node:timers/promises'
import { createLog } from '../../src/platform/log.js'
import { openQueue } from '../../src/platform/queue.js'

// A worker that takes jobs of the queue it is given, says so, and never finishes one.
const [name = '', databaseUrl = ''] = process.argv.slice(2)
openQueue<{ id: string }>(name, { databaseUrl }, createLog('silent')).work(
  async ({ id }) => {
    process.stdout.write(`${id}\n`)
    await pause(600_000)
  },
  { concurrency: 1 },
)
