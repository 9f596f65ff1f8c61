import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { App } from '../app.js'
import { PLAN_STEPS } from '../contract/sweeps.js'
import { hashOf, openIncident, takeList } from '../exposures/service.js'
import { Refusal } from '../platform/errors.js'
import { DEFAULT_POLICY } from '../scoring/default-policy.js'
import { type Policy, parsePolicy } from '../scoring/policy.js'
import { findPlan, getSweep, type Sweep } from '../sweeps/control/service.js'
import { planSweep } from '../sweeps/planning/service.js'
import { actor, isJson, withApp } from './context.js'
import { fileSource } from './files.js'
import { countsOf, showPlan } from './plan-view.js'
import { executeSweep } from './run-sweep.js'
import { faint, print, printJson, startProgress } from './terminal.js'

type SweepOptions = {
  title?: string
  occurredAt?: Date
  policy?: string
  out?: string
  execute?: boolean
  confirm?: string
}

export const sweepCommand = (): Command =>
  new Command('sweep')
    .description('plan the response to exposed lists; with a confirmed digest, run it')
    .argument(
      '<file...>',
      'the exposed lists: text, CSV, TSV, JSON, NDJSON, .eml, .mbox, SHA-256; also gzipped',
    )
    .option('--title <title>', 'the incident; the same title continues it')
    .option(
      '--occurred-at <time>',
      'when it happened (RFC 3339); default: the time of the leaked mail, else now',
      time,
    )
    .option('--policy <file>', 'a policy as JSON; default: exposed-addresses@1')
    .option('--out <file>', 'where the HTML report goes')
    .option('--execute', 'run the plan whose digest is confirmed')
    .option('--confirm <digest>', 'the digest that the plan printed')
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      '\nWithout --execute nothing happens to any account: the plan is stored and shown.',
    )
    .action(sweep)

function time(text: string): Date {
  const at = new Date(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime())) {
    throw new Refusal('input_invalid', `"${text}" is not a time. Write it as 2019-11-01T06:00:00Z.`)
  }
  return at
}

async function sweep(files: string[], options: SweepOptions, command: Command): Promise<void> {
  if (options.execute && !options.confirm) {
    throw new Refusal(
      'input_invalid',
      '--execute needs --confirm DIGEST. Run it without --execute first: that makes the plan and prints its digest.',
    )
  }
  const policy = options.policy ? readPolicy(options.policy) : DEFAULT_POLICY
  files.forEach(fileSource)
  const json = isJson(command)
  await withApp((app) =>
    options.execute && options.confirm
      ? confirm(app, files, { ...options, confirm: options.confirm, json })
      : plan(app, files, { ...options, policy, json }),
  )
}

function readPolicy(path: string): Policy {
  fileSource(path)
  try {
    return parsePolicy(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('policy_invalid', `${path} is not JSON.`, { cause })
  }
}

type PlanOptions = Omit<SweepOptions, 'policy'> & { policy: Policy; json: boolean }

async function plan(app: App, files: readonly string[], options: PlanOptions): Promise<void> {
  const title =
    options.title ??
    `Exposure of ${files.map((file) => fileSource(file).name).join(', ')}`.slice(0, 200)
  const { occurredAt } = options
  const incident = { title, actor: actor(), ...(occurredAt ? { occurredAt } : {}) }
  const incidentId = await openIncident(app, incident)
  const listIds: string[] = []
  for (const file of files) listIds.push(await readFile(app, incidentId, file, options.json))
  const sweepId = await planWithProgress(
    app,
    { incidentId, listIds, policy: options.policy },
    options.json,
  )
  const planned = await getSweep(app.db, sweepId)
  if (options.json) {
    const { id, status, planDigest, resets, approvalsNeeded, fourEyes, policyVersion } = planned
    const terms = { fourEyes, transport: app.transport, policy: policyVersion }
    return printJson({
      id,
      incidentId,
      status,
      planDigest,
      resets,
      needs: { approvals: approvalsNeeded },
      counts: countsOf(planned),
      forecast: planned.forecast,
      ...terms,
    })
  }
  showPlan(app, planned)
  const run = `cordon sweep ${files.join(' ')} --execute --confirm ${planned.planDigest?.slice(0, 16)}`
  print(faint(`\n${whoRuns(planned)}:  ${run}`))
}

/** Four eyes tell operating-system users apart here: who planned is refused. */
function whoRuns({ fourEyes, approvalsNeeded }: Sweep): string {
  if (!fourEyes) return 'Run it'
  return approvalsNeeded === 2 ? 'Two other people run it' : 'Somebody else runs it'
}

async function readFile(
  app: App,
  incidentId: string,
  path: string,
  quiet: boolean,
): Promise<string> {
  const source = fileSource(path)
  const progress = startProgress(source.name.slice(0, 22), 0, quiet)
  const onProgress = (entries: number) => progress.update(entries, entries)
  try {
    return (await takeList(app, incidentId, { ...source, onProgress }, actor())).id
  } finally {
    progress.stop()
  }
}

export async function planWithProgress(
  app: App,
  request: { incidentId: string; listIds: string[]; policy: Policy },
  quiet: boolean,
): Promise<string> {
  const progress = startProgress('planning', PLAN_STEPS.length, quiet)
  try {
    return await planSweep(app, {
      ...request,
      actor: actor(),
      onStep: (step) => progress.update(PLAN_STEPS.indexOf(step), undefined, step),
    })
  } finally {
    progress.update(PLAN_STEPS.length)
    progress.stop()
  }
}

type ConfirmOptions = SweepOptions & { confirm: string; json: boolean }

async function confirm(app: App, files: readonly string[], options: ConfirmOptions): Promise<void> {
  const hashes: string[] = []
  for (const file of files) hashes.push(await hashOf(fileSource(file).open()))
  const { id } = await findPlan(app.db, options.confirm, hashes)
  await executeSweep(app, id, {
    actor: actor(),
    confirm: options.confirm,
    json: options.json,
    ...(options.out ? { out: options.out } : {}),
  })
}
