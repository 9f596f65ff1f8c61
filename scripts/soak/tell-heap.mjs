import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

// Loaded in front of a process that is watched. Every five seconds it collects its garbage and
// writes down what is left: what stays after a collection is what leaks.
const EVERY_MS = 5_000
const file = process.env.SOAK_HEAP_FILE

const tell = () => {
  globalThis.gc()
  writeFileSync(file, String(process.memoryUsage().heapUsed))
}
if (isMainThread) setInterval(tell, EVERY_MS).unref()
