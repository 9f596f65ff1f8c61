import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { billOfMaterials } from './bill.js'
import { readLockfile, readManifest } from './lockfile.js'

const { values } = parseArgs({ options: { out: { type: 'string' } } })

const made = await billOfMaterials(readLockfile(), readManifest())
const text = `${JSON.stringify(made, null, 2)}\n`
if (values.out) {
  writeFileSync(values.out, text)
  console.log(`${values.out}: ${made.components.length} packages, CycloneDX ${made.specVersion}`)
} else process.stdout.write(text)
