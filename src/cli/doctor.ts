import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { checkpointSigner } from '../audit/checkpoint.js'
import { readVerifierKey, writeVerifierKey } from '../audit/signed-note.js'
import { type Config, checkpointSeed, currentConfig } from '../config.js'
import { broken, type Check, settingChecks } from '../doctor/installation/check.js'
import {
  examineCheckpoints,
  examineDatabase,
  type Witnesses,
} from '../doctor/installation/service.js'
import type { Verdict } from '../doctor/invariant.js'
import { INVARIANTS } from '../doctor/invariants.js'
import { type Doctor, examine, openDoctor } from '../doctor/service.js'
import { startEmbeddedPostgres } from '../platform/embedded-postgres.js'
import { Refusal } from '../platform/errors.js'
import { isJson } from './context.js'
import { showDiagnosis } from './doctor-view.js'
import { printJson, startProgress } from './terminal.js'

const HELP = `
Reads only, each invariant in one transaction that sees one moment; safe beside a running Cordon.

Examples:
  cordon doctor                        the installation, and whether I1 to I20 hold
  cordon doctor --only I3,I8           only these invariants
  cordon doctor --json | jq '.invariants[] | select(.result == "broken")'
  cordon doctor --timeout 300          for a database of many millions

Exit codes: 0 nothing that was looked at is broken, 1 something is, 2 the doctor could not look.`

type Options = { only?: string[]; timeout: number }

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('look whether the installation is well and the invariants of the design hold')
    .option('--only <ids>', 'invariants to look at, separated by commas: I3,I8', readIds)
    .option('--timeout <seconds>', 'for each single question', readSeconds, 60)
    .option('--json', 'answer in JSON')
    .addHelpText('after', HELP)
    .action(diagnose)

function readIds(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim().toUpperCase())
  const wrong = ids.filter((id) => !INVARIANTS.some((invariant) => invariant.id === id))
  if (wrong.length === 0) return ids
  throw new InvalidArgumentError(`There is no ${wrong.join(', ')}: they are I1 to I20.`)
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('Seconds, up to a day.')
}

/** What was found out; `invariants` is empty when nothing could be asked. */
export type Diagnosis = { installation: Check[]; invariants: Verdict[] }

async function diagnose(options: Options, command: Command): Promise<void> {
  const json = isJson(command)
  const config = currentConfig()
  const diagnosis = await withDoctor(config, (doctor) => lookAll(doctor, config, options, json))
  const { installation, invariants } = diagnosis
  const isBroken = [...installation, ...invariants].some(({ result }) => result === 'broken')
  if (isBroken) process.exitCode = 1
  if (json) printJson({ broken: isBroken, ...diagnosis })
  else showDiagnosis(diagnosis)
}

async function lookAll(
  doctor: Doctor,
  config: Config,
  { only, timeout }: Options,
  json: boolean,
): Promise<Diagnosis> {
  const { check, witnesses } = await witnessesOf(config)
  const installation =
    only === undefined
      ? [
          ...(await examineDatabase(doctor.read, Date.now)),
          check,
          ...settingChecks(settingsOf(config)),
        ]
      : []
  const progress = startProgress('questions', 0, json)
  try {
    const invariants = await examine(doctor, {
      only,
      timeoutMs: timeout * 1_000,
      checkpoints: witnesses,
      onProgress: (done, of, name) => progress.update(done, of, name),
    })
    return { installation, invariants }
  } finally {
    progress.stop()
  }
}

/** The embedded Postgres only where there is one: looking must not make an installation. */
async function withDoctor(
  config: Config,
  work: (doctor: Doctor) => Promise<Diagnosis>,
): Promise<Diagnosis> {
  const own = config.databaseUrl?.reveal()
  if (own === undefined && !existsSync(join(config.dataDir, 'postgres.json'))) {
    throw new Refusal(
      'file_not_found',
      `There is no Cordon in ${config.dataDir} yet: start one with cordon serve, or set CORDON_DATA_DIR or DATABASE_URL.`,
    )
  }
  const server = own === undefined ? await startEmbeddedPostgres(config.dataDir) : undefined
  try {
    const doctor = await openDoctor(own ?? server?.url ?? '')
    return await work(doctor).finally(doctor.close)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'database_unreachable') throw error
    return { installation: [broken('database', error.detail)], invariants: [] }
  } finally {
    await server?.close()
  }
}

/** The key is read where there is one, and never made here. */
function witnessesOf(config: Config): Promise<{ check: Check; witnesses: Witnesses | undefined }> {
  const hasKey =
    config.checkpoints.key !== undefined || existsSync(join(config.dataDir, 'checkpoint.key'))
  const verifier = hasKey
    ? readVerifierKey(writeVerifierKey(checkpointSigner(checkpointSeed(config))))
    : undefined
  return examineCheckpoints(config.checkpoints.folder, verifier, new Date())
}

const settingsOf = (config: Config) => ({
  fourEyes: config.fourEyes,
  hasMailServer: config.smtpUrl !== undefined,
  takesBounces: config.returns.domain !== undefined,
  publicUrl: config.public.url,
  hasOwnDatabase: config.databaseUrl !== undefined,
  hasOwnKey: config.encryptionKey !== undefined,
})
