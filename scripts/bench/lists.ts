import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Scale } from './directory.js'
import type { Line } from './measure.js'

const BUDGET = { linesPerSecond: 150_000, overIdleMiB: 300 }

const FORMS = {
  csv: {
    header: 'id,name,E-mail\n',
    line: (i: number) => `${i},"Person ${i}",person${i}@mail${i % 1000}.example.com\n`,
  },
  ndjson: {
    header: '',
    line: (i: number) => `{"id":${i},"email":"person${i}@mail${i % 1000}.example.com"}\n`,
  },
}

/** Reads each list in a process of its own, so that its memory is its own. */
export async function benchLists(folder: string, scale: Scale): Promise<Line[]> {
  const lines: Line[] = []
  for (const [format, form] of Object.entries(FORMS)) {
    const path = join(folder, `list.${format}`)
    await writeList(path, scale.lines, form)
    const output = execFileSync('npx', ['tsx', 'scripts/bench/read-one-list.ts', path], {
      encoding: 'utf8',
    })
    const { entries, seconds, idleMiB, peakMiB } = JSON.parse(output)
    const overIdle = peakMiB - idleMiB
    lines.push({
      what: `read ${format}`,
      size: `${entries.toLocaleString('en-US')} lines`,
      value: entries / seconds,
      unit: 'lines/s',
      budget: `≥ ${BUDGET.linesPerSecond.toLocaleString('en-US')} lines/s, ≤ ${BUDGET.overIdleMiB} MiB over idle`,
      met: entries / seconds >= BUDGET.linesPerSecond && overIdle <= BUDGET.overIdleMiB,
      peakMiB,
    })
  }
  return lines
}

async function writeList(
  path: string,
  count: number,
  { header, line }: { header: string; line: (i: number) => string },
) {
  const out = createWriteStream(path)
  out.write(header)
  for (let i = 1; i <= count; i += 1) {
    if (!out.write(line(i))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}
