import { defineConfig } from 'prisma/config'

// Generating needs no native schema engine; naming any executable keeps Prisma from fetching one.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
})
