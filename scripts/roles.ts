import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolesTable } from './roles-table.js'

writeFileSync(join(import.meta.dirname, '../docs/roles.md'), rolesTable())
