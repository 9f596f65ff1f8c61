import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { wipeEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { killRounds, type Round } from './kill-rounds.js'
import { mailChaos } from './mail.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    mails: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '50' },
    accounts: { type: 'string', default: '1500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const seed = Number(values.seed)
if (positionals[0] === 'mail') {
  const { kills, mails } = values
  console.log(
    `seed ${seed}: replay with npm run chaos -- mail --seed ${seed} --kills ${kills} --mails ${mails}`,
  )
  process.exit((await mailChaos({ seed, kills: Number(kills), mails: Number(mails) })) ? 0 : 1)
}
console.log(`seed ${seed}: replay with npm run chaos -- --seed ${seed} --rounds ${values.rounds}`)

const dataDir = mkdtempSync(join(tmpdir(), 'cordon-chaos-'))
try {
  const { rounds, audit } = await killRounds({
    dataDir,
    seed,
    rounds: Number(values.rounds),
    accounts: Number(values.accounts),
    onRound: describe,
  })
  const sum = (of: (round: Round) => number) =>
    rounds.reduce((total, round) => total + of(round), 0)
  const broken = rounds.filter((round) => !isSound(round)).length + (audit.fault ? 1 : 0)
  console.log(
    JSON.stringify({
      seed,
      kills: rounds.filter(({ signal }) => signal === 'SIGKILL').length,
      accounts: sum((round) => round.accounts),
      mails: sum((round) => round.ordered),
      twice: sum((round) => round.twice),
      missing: sum((round) => round.missing),
      unknown: sum((round) => round.unknown),
      auditEvents: audit.verified,
      broken,
    }),
  )
  if (broken > 0) process.exitCode = 1
} finally {
  await wipeEmbeddedPostgres(dataDir)
  rmSync(dataDir, { recursive: true, force: true })
}

function isSound(round: Round): boolean {
  return (
    round.signal === 'SIGKILL' &&
    round.outcomes === round.accounts &&
    round.twice === 0 &&
    round.missing === 0 &&
    round.resetsWithoutOneEpoch === 0 &&
    round.casesForUnknown === round.unknown
  )
}

function describe(round: Round): void {
  const { left, killedAfterMs, accounts, outcomes, ordered, arrived, twice, unknown, missing } =
    round
  console.log(
    `${isSound(round) ? 'ok ' : 'BAD'} ${String(round.round).padStart(3)}  killed after ${killedAfterMs} ms with ${left.chunks} chunks and ${left.mails} mails to go; ` +
      `outcomes ${outcomes}/${accounts}, mails ${arrived}/${ordered}, twice ${twice}, missing ${missing}, unknown ${unknown}`,
  )
}
