import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ASN_TABLE_FOLDER, ASN_TABLES } from '../../src/platform/asn-table.js'
import { writeSystemRanges } from '../../src/platform/system-ranges.js'
import { readCsv } from './read-csv.js'

// Builds the table of autonomous systems that Cordon ships from the text of its package.

const { resolve } = createRequire(import.meta.url)

mkdirSync(ASN_TABLE_FOLDER, { recursive: true })
for (const { version, width, name } of ASN_TABLES) {
  const csv = resolve(`@ip-location-db/asn/asn-${version}-num.csv`)
  const ranges = readCsv(readFileSync(csv), width)
  if (!ranges) throw new Error(`${csv} is damaged; run npm ci`)
  writeFileSync(join(ASN_TABLE_FOLDER, name), writeSystemRanges(ranges))
}
