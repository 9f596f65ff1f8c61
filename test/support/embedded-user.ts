import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'

// A process that uses the embedded Postgres of the folder it is given until it is told to stop.
const server = await startEmbeddedPostgres(process.argv[2] ?? '')
process.stdout.write(`${server.url}\n`)
let isOver = false
process.once('SIGTERM', () => {
  isOver = true
})
while (!isOver) await pause(20)
await server.close()
process.exit(0)
