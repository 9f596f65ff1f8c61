import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Call } from './calls.js'
import { type Finding, run } from './tool.js'

export type SqlmapResult = { verdict: 'clean' | 'injectable' | 'unfinished'; findings: Finding[] }

const SETTINGS = [
  '--batch',
  '--disable-coloring',
  '--dbms=PostgreSQL',
  '--ignore-code=*',
  '--level=2',
  '--risk=2',
  '--time-sec=2',
  '--timeout=30',
  '--retries=1',
  '--flush-session',
]

let runs = 0

/** Attacks every marked value of one call. */
export async function sqlmap(
  base: string,
  call: Pick<Call, 'method' | 'path' | 'marked' | 'body'>,
  options: { folder: string; endsAt: number },
): Promise<SqlmapResult> {
  runs += 1
  const { folder } = options
  const args = [
    ...SETTINGS,
    `--url=${base}${call.marked}`,
    `--method=${call.method}`,
    `--output-dir=${join(folder, `sqlmap-${runs}`)}`,
    ...(call.body
      ? [`--data=${call.body.marked}`, `--header=Content-Type: ${call.body.type}`]
      : []),
  ]
  const { output, isCut } = await run('sqlmap', args, options)
  writeFileSync(join(folder, `sqlmap-${runs}.log`), `${args.join(' ')}\n${output}`)
  const where = `${call.method} ${call.path}`
  const found = [...output.matchAll(/^Parameter: (.+)$/gm)].map((match) => match[1] ?? '')
  if (found.length > 0) {
    const what = 'SQL injection'
    const findings = found.map((detail) => ({ tool: 'sqlmap', what, where, detail }))
    return { verdict: 'injectable', findings }
  }
  const isTested = !isCut && output.includes('all tested parameters do not appear to be injectable')
  return { verdict: isTested ? 'clean' : 'unfinished', findings: [] }
}
