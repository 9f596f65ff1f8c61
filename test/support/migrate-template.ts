import { migrate } from '../../src/platform/migrate.js'

// A process of its own: the engine keeps its pool for ten seconds, and a database that somebody is
// connected to cannot be copied.
await migrate(process.argv[2] ?? '')
process.exit(0)
