import { type CheckpointFault, compareWith, meaningOf, type Testimony } from '../audit/prefix.js'
import { verifyAudit } from '../audit/service.js'
import { type Db, openDatabase } from '../platform/db.js'
import { SturdyClient } from '../platform/sturdy-client.js'
import { readPlan } from '../sweeps/sealing/service.js'
import { type Finding, type Invariant, type Rule, type Verdict, verdictOf } from './invariant.js'
import { queueRule } from './invariants/quiet.js'
import { INVARIANTS } from './invariants.js'
import * as store from './store.js'

/** `read` asks as the connection's own role, which may look at the queue; `db` as Cordon's. */
export type DoctorDeps = { read: store.Reading; db: Db }
export type Doctor = DoctorDeps & { close(): Promise<void> }

/** Opens connections that only read. Refuses with `database_unreachable`. */
export async function openDoctor(url: string): Promise<Doctor> {
  const { db, close } = await openDatabase(url, 2)
  const client = new SturdyClient({
    connectionString: url,
    options: '-c default_transaction_read_only=on -c timezone=UTC',
  })
  await client.connect()
  return {
    read: store.readingOn(client),
    db,
    close: async () => {
      await client.end()
      await close()
    },
  }
}

export type Asked = {
  /** Ids of invariants; all when left out. */
  only?: readonly string[] | undefined
  /** For each single question. */
  timeoutMs?: number
  /** What checkpoints outside say, and the first that says nothing that can be read. */
  checkpoints?: { testimonies: readonly Testimony[]; fault?: CheckpointFault } | undefined
  onProgress?: (done: number, of: number, name: string) => void
}

const TIMEOUT_MS = 60_000

/**
 * Looks whether the invariants hold in the database as it is. Reads only, each invariant in one
 * transaction that sees one moment; safe beside everything else.
 */
export async function examine(deps: DoctorDeps, asked: Asked = {}): Promise<Verdict[]> {
  const { only, timeoutMs = TIMEOUT_MS, onProgress = () => undefined } = asked
  const wanted = INVARIANTS.filter(({ id }) => only === undefined || only.includes(id))
  const queues = (await deps.read(timeoutMs, store.queueTables)).map(queueRule)
  const steps = wanted.map((invariant) => ({
    invariant,
    rules: [...invariant.rules, ...(invariant.id === 'I16' ? queues : [])],
    more: begin(BEYOND_SQL[invariant.id], deps, asked),
  }))
  const total = steps.reduce(
    (sum, { rules, more }) => sum + rules.length + (more === undefined ? 0 : 1),
    0,
  )
  let done = 0
  const verdicts: Verdict[] = []
  for (const { invariant, rules, more } of steps) {
    const tell = () => onProgress(done++, total, `${invariant.id} ${invariant.name}`)
    verdicts.push(await lookAt(deps, { invariant, rules, more, timeoutMs, tell }))
  }
  onProgress(total, total, '')
  return verdicts
}

type Step = {
  invariant: Invariant
  rules: readonly Rule[]
  more: Promise<Finding[]> | undefined
  timeoutMs: number
  tell: () => void
}

async function lookAt(
  deps: DoctorDeps,
  { invariant, rules, more, timeoutMs, tell }: Step,
): Promise<Verdict> {
  const startedAt = performance.now()
  const findings: Finding[] = []
  const unanswered: string[] = []
  await deps.read(timeoutMs, async (reader) => {
    for (const rule of rules) {
      tell()
      const found = await ask(reader, rule)
      if (typeof found === 'string') unanswered.push(found)
      else findings.push(found)
    }
  })
  if (more !== undefined) {
    tell()
    findings.push(...(await more))
  }
  const looked = rules.length + (more === undefined ? 0 : 1)
  return verdictOf(invariant, {
    ...{ looked, findings, unanswered },
    tookMs: Math.round(performance.now() - startedAt),
  })
}

/** Why a question got no answer, by the code of Postgres. Everything else is a bug, and says so. */
const NO_ANSWER: Record<string, string> = {
  '57014': 'A question took longer than it may: ask again with a longer --timeout.',
  '55P03': 'A table is locked, by a migration perhaps: ask again later.',
  '42501': 'The role of DATABASE_URL may not read everything: ask as the one that migrates.',
  '42P01': 'A table is missing: the migrations were not applied.',
  '42703': 'A column is missing: the migrations were not applied.',
}

async function ask(reader: store.Reader, rule: Rule): Promise<Finding | string> {
  try {
    return await store.violationsOf(reader, rule)
  } catch (error) {
    const why = NO_ANSWER[(error as { code?: string }).code ?? '']
    if (why === undefined) throw error
    await store.forgetQuestion(reader)
    return why
  }
}

/** What SQL cannot ask: it writes no canonical JSON. */
type BeyondSql = (deps: DoctorDeps, asked: Asked) => Promise<Finding[]>
const BEYOND_SQL: Record<string, BeyondSql | undefined> = { I9: followRecord, I10: digestPlans }

/** Goes on beside the questions: one keeps this process busy, the others the database. */
function begin(more: BeyondSql | undefined, deps: DoctorDeps, asked: Asked) {
  const begun = more?.(deps, asked)
  begun?.catch(() => undefined) // whoever waits for it hears
  return begun
}

/** Recomputes every link, and compares them with the checkpoints that are at hand. */
async function followRecord({ db }: DoctorDeps, { checkpoints }: Asked): Promise<Finding[]> {
  const comparison = compareWith(checkpoints?.testimonies ?? [])
  const { verified, fault } = await verifyAudit({ db }, { onLink: comparison.onLink })
  const seen = comparison.finish(fault === undefined).fault
  const faults = [checkpoints?.fault, seen].filter((each) => each !== undefined)
  const broken = fault ? [`index ${fault.index}: ${fault.problem}`] : []
  return [
    counted('A link of the chain does not verify.', 'audit event', broken),
    counted(
      'A checkpoint is no beginning of this record.',
      'audit event',
      faults.map((each) => meaningOf(each, verified)),
    ),
  ]
}

/**
 * Recomputes the digest of every plan that was started from what is stored of it now. Nothing of a
 * started plan may change, so it does not matter that its parts are read one after the other.
 */
async function digestPlans({ db }: DoctorDeps): Promise<Finding[]> {
  const changed: string[] = []
  for (const sweep of await db.sweep.findMany({ where: { startedAt: { not: null } } })) {
    if ((await readPlan(db, sweep)).digest !== sweep.planDigest) changed.push(sweep.id)
  }
  return [counted('A plan that was started is not the one that was approved.', 'sweep', changed)]
}

const counted = (finds: string, names: Rule['names'], found: readonly string[]): Finding => ({
  ...{ finds, names, violations: found.length },
  examples: found.slice(0, 5),
})

/**
 * What is broken in the database at `url`, a line each, none when everything that can be seen holds:
 * what tests and chaos ask after every scenario.
 */
export async function findBroken(url: string, asked: Asked = {}): Promise<string[]> {
  const doctor = await openDoctor(url)
  try {
    const verdicts = await examine(doctor, asked)
    const unanswered = verdicts.filter(({ looked, because }) => looked > 0 && because !== null)
    return [
      ...unanswered.map(({ id, because }) => `${id} was not answered: ${because}`),
      ...verdicts.flatMap(({ id, findings }) => findings.map((found) => `${id}: ${lineOf(found)}`)),
    ]
  } finally {
    await doctor.close()
  }
}

const lineOf = ({ finds, names, violations, examples }: Finding) =>
  `${violations} × ${finds} (${names} ${examples.join(', ')})`
