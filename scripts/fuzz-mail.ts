import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { type FuzzReport, fuzzMail } from '../test/support/mail-fuzz/fuzz.js'

// Looks for a mail that shows a second person: npm run fuzz -- mail [CASES [SEED]]. One process per
// core, each with a seed of its own. Exit code 1 when there is one, or a known leak was not stopped.
const [cases = '1000000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)

if (process.send) {
  const report = await fuzzMail(Number(cases), Number(seed), (done) => process.send?.({ done }))
  await new Promise((sent) => process.send?.({ report }, sent))
  process.disconnect()
} else {
  process.exitCode = await runAll()
}

async function runAll(): Promise<number> {
  const processes = availableParallelism()
  const each = Math.ceil(Number(cases) / processes)
  console.error(`${each} cases in each of ${processes} processes, seed ${seed}`)
  const startedAt = performance.now()
  const reports = await Promise.all(
    Array.from({ length: processes }, (_, index) => runOne(each, Number(seed) + index)),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const exposures = reports.flatMap((report) => report.exposures)
  const missed = reports.flatMap((report) => report.missed)
  const kinds = reports.map((report) => report.kinds)
  const perSecond = Math.round((each * processes) / seconds)
  console.log(JSON.stringify({ cases: each * processes, perSecond, kinds }, null, 2))
  for (const problem of [...exposures, ...missed].slice(0, 50)) console.log(`PROBLEM ${problem}`)
  console.log(`${exposures.length} mails show a second person, ${missed.length} were not stopped.`)
  return exposures.length + missed.length > 0 ? 1 : 0
}

async function runOne(each: number, ofSeed: number): Promise<FuzzReport> {
  const child = fork(new URL(import.meta.url).pathname, [String(each), String(ofSeed)], {
    execArgv: ['--import', 'tsx'],
  })
  let report: FuzzReport | undefined
  child.on('message', (message: { done?: number; report?: FuzzReport }) => {
    if (message.report) report = message.report
    else if ((message.done ?? 1) % 50_000 < 1_000) console.error(`  ${message.done} of ${each}`)
  })
  await once(child, 'close')
  if (!report) throw new Error(`The process with seed ${ofSeed} ended without a report`)
  return report
}
