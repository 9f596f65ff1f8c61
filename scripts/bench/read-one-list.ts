import { createReadStream } from 'node:fs'
import { readList } from '../../src/exposures/read-list.js'

const MIB = 2 ** 20
const path = process.argv[2] ?? ''
const idleMiB = process.memoryUsage().rss / MIB
const startedAt = performance.now()
const reading = await readList(createReadStream(path, { highWaterMark: 1 << 18 }), { name: path })
let entries = 0
for await (const page of reading.batches) entries += page.entries.length
const seconds = (performance.now() - startedAt) / 1_000
console.log(
  JSON.stringify({ entries, seconds, idleMiB, peakMiB: process.resourceUsage().maxRSS / 1024 }),
)
