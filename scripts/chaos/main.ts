import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { mailChaos } from './mail.js'
import { playMatrix } from './matrix/main.js'
import { processChaos } from './processes.js'
import { type Fault, hasLanded, isSound, storm } from './storm.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    crashes: { type: 'string', default: '20' },
    accounts: { type: 'string', default: '5000' },
    workers: { type: 'string', default: '2' },
    mails: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    from: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const { kills, crashes, mails } = values
if (positionals[0] === 'mail') {
  console.log(
    `seed ${seed}: replay with npm run chaos -- mail --seed ${seed} --kills ${kills} --mails ${mails}`,
  )
  process.exit((await mailChaos({ seed, kills: Number(kills), mails: Number(mails) })) ? 0 : 1)
}
if (positionals[0] === 'matrix') {
  console.log(`seed ${seed}: replay with npm run chaos -- matrix --seed ${seed}`)
  process.exit((await playMatrix({ seed, isShort: values.short }, values.only)) ? 0 : 1)
}
const [what] = positionals
if (what === 'redis' || what === 'restarts' || what === 'versions') {
  const { rounds, from } = values
  process.exit((await processChaos(what, { rounds: Number(rounds), from })) ? 0 : 1)
}
console.log(
  `seed ${seed}: replay with npm run chaos -- --seed ${seed} --kills ${kills} --crashes ${crashes}`,
)

const dataDir = mkdtempSync(join(tmpdir(), 'cordon-chaos-'))
try {
  const found = await storm({
    dataDir,
    seed,
    kills: Number(kills),
    crashes: Number(crashes),
    accounts: Number(values.accounts),
    workers: Number(values.workers),
    onFault: describe,
  })
  const { faults, sweeps, seconds, findings } = found
  const count = (of: (fault: Fault) => boolean) => faults.filter(of).length
  const sound = isSound(found)
  for (const fault of faults.filter((each) => !hasLanded(each)))
    console.log(`did not land: ${JSON.stringify(fault)}`)
  console.log(
    JSON.stringify({
      seed,
      kills: count(({ kind }) => kind === 'kill'),
      withMailUnderWay: count((fault) => fault.kind === 'kill' && fault.underWay > 0),
      withChunksLeft: count(({ kind, left }) => kind === 'kill' && left.chunks > 0),
      crashes: count(({ kind }) => kind === 'crash'),
      cuts: count((fault) => fault.kind === 'cut' && fault.landed),
      sweeps: sweeps.length,
      seconds: Math.round(seconds),
      ...findings,
      sound,
    }),
  )
  if (!sound) process.exitCode = 1
} finally {
  await wipeEmbeddedPostgres(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
}

function describe(fault: Fault, done: { kills: number; crashes: number }): void {
  const { chunks, mails: left } = fault.left
  if (fault.kind === 'crash' || done.kills % 20 === 0)
    console.log(
      `${done.kills} kills, ${done.crashes} crashes: ${fault.kind} with ${chunks} chunks and ${left} mails to go`,
    )
}
