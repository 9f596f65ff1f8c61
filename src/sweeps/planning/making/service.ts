import { record } from '../../../audit/service.js'
import type { PlanStep } from '../../../contract/sweeps.js'
import type { Sweep } from '../../../generated/prisma/client.js'
import { type ForecastSummary, foresee } from '../../../mail/forecast/summary.js'
import type { MailTerms } from '../../../mail/forecast/terms.js'
import { planWaves } from '../../../mail/waves/service.js'
import type { Db, Tx } from '../../../platform/db.js'
import type { Log } from '../../../platform/log.js'
import type { Policy } from '../../../scoring/policy.js'
import { approvalsNeeded } from '../../approve.js'
import { readPlan } from '../../sealing/service.js'
import { illegalMove, sourcesOf } from '../../state.js'
import { cutIntoChunks } from '../chunks.js'
import { countPlan, cutsOf, judgeKinds } from '../kinds.js'
import type { JudgedKind } from '../store.js'
import * as store from '../store.js'
import * as steps from './store.js'

export type PlanningDeps = {
  db: Db
  log: Log
  now: () => Date
  random: (bytes: number) => Uint8Array
  fourEyes: boolean
  mailRevision: string
  textRevision: string
  mailTerms: MailTerms
}

/** Finds the lanes of the listed domains, so that the forecast knows them. Asks the network, so first. */
export async function sortDomains(
  { db, mailTerms }: PlanningDeps,
  listIds: string[],
): Promise<void> {
  if (mailTerms.sortDomains === null) return
  const unsorted = await store.unsortedDomains(db, listIds)
  if (unsorted.length > 0) await mailTerms.sortDomains(unsorted)
}

type Asked = { sweepId: string; deps: PlanningDeps; onStep: (step: PlanStep) => void }
/** With what the last step made, which is told together with the next. */
type Planning = Asked & { last: { made: number | undefined } }

/** Its caller holds the planner's lock. A sweep that somebody else has planned meanwhile is left alone. */
export async function makePlan(tx: Tx, asked: Asked): Promise<void> {
  const planning = { ...asked, last: { made: undefined } }
  const { sweepId, deps } = asked
  const sweep = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  if (sweep.status !== 'planning') return
  const { listIds, fourEyes, requestedBy: actor } = sweep
  const { body } = await tx.policy.findUniqueOrThrow({ where: { version: sweep.policyVersion } })
  const policy = body as Policy
  await gather(tx, sweep, policy, planning)
  const judged = await judge(tx, policy, planning)
  const accounts = await write(tx, judged, planning)
  const counts = await countActions(tx, sweepId, judged)
  const forecast = await foreseeMail(tx, judged, planning)
  const exposure = await store.exposureCounts(tx, listIds)
  const planDigest = await seal(tx, sweep, accounts, planning)
  const resets = counts.byOutcome.reset_ordered ?? 0
  const directory = await store.directorySize(tx)
  const { count } = await tx.sweep.updateMany({
    where: { id: sweepId, status: { in: sourcesOf('planned') } },
    data: {
      status: 'planned',
      planDigest,
      mailRevision: deps.mailRevision,
      textRevision: deps.textRevision,
      forecast,
      plannedAt: deps.now(),
      resets,
      counts: { ...exposure, ...counts },
      approvalsNeeded: approvalsNeeded({ resets, directory, fourEyes }),
    },
  })
  if (count === 0) throw illegalMove(sweepId, 'given up', 'planned')
  const detail = { planDigest, accounts, resets, excluded: exposure.excluded ?? 0 }
  await record(tx, { kind: 'sweep.planned', actor, subject: `sweep:${sweepId}`, detail })
}

type Step<Made> = { make: () => Promise<Made>; rows: (made: Made) => number }

/** Tells that a step begins, which is seen while the plan is not, and takes it. */
async function takeStep<Made>(
  { sweepId, deps: { db }, onStep, last }: Planning,
  step: PlanStep,
  { make, rows }: Step<Made>,
): Promise<Made> {
  onStep(step)
  await steps.beginStep(db, sweepId, { step, made: last.made })
  const made = await make()
  last.made = rows(made)
  return made
}

const asTold = (rows: number) => rows

/** Leaves the evidence of every matched account on this connection. */
async function gather(tx: Tx, sweep: Sweep, policy: Policy, planning: Planning): Promise<void> {
  const { id: sweepId, listIds, windowStart, exclude } = sweep
  const { occurredAt } = await tx.incident.findUniqueOrThrow({ where: { id: sweep.incidentId } })
  const scope = { sweepId, listIds, occurredAt, windowStart, exclude }
  const take = (step: PlanStep, make: () => Promise<number>) =>
    takeStep(planning, step, { make, rows: asTold })
  await take('reading', () => store.gatherExposed(tx, scope))
  await take('matching', () => store.matchAccounts(tx))
  await take('weighing', () => store.gatherEvidence(tx, scope, cutsOf(policy)))
}

type Judged = JudgedKind<store.PackedKind>[]

function judge(tx: Tx, policy: Policy, planning: Planning): Promise<Judged> {
  const cuts = cutsOf(policy)
  return takeStep(planning, 'judging', {
    make: async () => judgeKinds(await store.distinctKinds(tx, cuts), cuts, policy),
    rows: (judged) => judged.length,
  })
}

/** Stores what was judged, an action for each account; returns how many there are. */
const write = (tx: Tx, judged: Judged, planning: Planning): Promise<number> =>
  takeStep(planning, 'writing', {
    make: async () => {
      await store.insertVerdicts(tx, planning.sweepId, judged)
      return store.insertActions(tx, planning.sweepId, judged)
    },
    rows: asTold,
  })

async function countActions(tx: Tx, sweepId: string, judged: Judged): Promise<store.PlanCounts> {
  const perVerdict = await store.actionsPerVerdict(tx, sweepId)
  return countPlan(
    perVerdict.flatMap(({ verdict_no, accounts }) => {
      const found = judged.find(({ no }) => no === verdict_no)
      return found ? [{ accounts, verdict: found.verdict, match: found.evidence.match }] : []
    }),
  )
}

/** What the plan would mail, and how long that takes: with the mailer of this process, whose plan it is. */
function foreseeMail(tx: Tx, judged: Judged, planning: Planning): Promise<ForecastSummary> {
  const { sweepId, deps } = planning
  const { waves: policy, seeds } = deps.mailTerms
  return takeStep(planning, 'foreseeing', {
    make: async () => {
      const forecast = foresee(await store.countMails(tx, judged), deps.mailTerms)
      const { mails: planned } = forecast
      await planWaves(tx, { sweepId, policy, seeds, planned, mailRevision: deps.mailRevision })
      return forecast
    },
    rows: ({ mails }) => mails,
  })
}

/** Cuts the plan into chunks, each with its digest, and seals all of it with the plan's. */
async function seal(tx: Tx, sweep: Sweep, accounts: number, planning: Planning): Promise<string> {
  const { mailRevision } = planning.deps
  const sealed = await takeStep(planning, 'sealing', {
    make: async () => {
      const holdsUntil = await store.holdsUntil(tx, sweep.id)
      const chunks = cutIntoChunks({ actions: accounts, holdsUntil })
      await store.insertChunks(tx, sweep.id, chunks)
      return { ...(await readPlan(tx, { ...sweep, mailRevision })), chunks: chunks.length }
    },
    rows: ({ chunks }) => chunks,
  })
  return sealed.digest
}
