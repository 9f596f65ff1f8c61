import type { Batch, Entry, ListFormat } from '../../../src/exposures/entry.js'
import { readList } from '../../../src/exposures/read-list.js'

type Reading = { format: ListFormat; gzipped: boolean; batches: Batch[]; entries: Entry[] }

/** A source that gives `content` in the given pieces. */
export async function* chunksOf(content: Uint8Array, sizes: readonly number[] = []) {
  let from = 0
  for (const size of sizes) {
    if (size > 0 && from < content.length) yield content.subarray(from, from + size)
    from += size
  }
  if (from < content.length) yield content.subarray(from)
}

/** Everything a list holds, read to its end. */
export async function readAll(
  content: string | Uint8Array,
  name = 'list',
  sizes: readonly number[] = [],
): Promise<Reading> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const { format, gzipped, batches: pages } = await readList(chunksOf(bytes, sizes), { name })
  const batches: Batch[] = []
  const entries: Entry[] = []
  for await (const page of pages) {
    batches.push(...page.batches)
    entries.push(...page.entries)
  }
  return { format, gzipped, batches, entries }
}

/** Each entry in short: `line address` or `line !reason`, with `line/batch` beyond batch 1. */
export async function told(content: string | Uint8Array, name?: string): Promise<string[]> {
  const { entries } = await readAll(content, name)
  return entries.map(tell)
}

function tell(entry: Entry): string {
  const place = entry.batch === 1 ? `${entry.line}` : `${entry.line}/${entry.batch}`
  if (entry.kind === 'rejected') return `${place} !${entry.reason}`
  return `${place} ${entry.kind === 'hash' ? entry.sha256 : entry.address}`
}
