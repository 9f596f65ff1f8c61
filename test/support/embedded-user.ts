import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'

// A process that uses the embedded Postgres of the folder it is given until it is told to stop.
let isOver = false
process.once('SIGTERM', () => {
  isOver = true
})
const server = await startEmbeddedPostgres(process.argv[2] ?? '')
process.stdout.write(`${server.url}\n`)
while (!isOver) await pause(20)
await server.close()
process.exit(0)
