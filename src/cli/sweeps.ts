import { Command } from 'commander'
import type { App } from '../app.js'
import { Refusal } from '../platform/errors.js'
import {
  abortSweep,
  approveSweep,
  getSweep,
  pauseSweep,
  resumeSweep,
  startSweep,
} from '../sweeps/control/service.js'
import { sweepProgress } from '../sweeps/running/service.js'
import { progressView } from '../sweeps/view.js'
import { actor, isJson, withApp } from './context.js'
import { showPlan } from './plan-view.js'
import { planningRows } from './planning-view.js'
import { remoteClient, remoteSweep } from './remote.js'
import { reportCommand } from './report.js'
import { runToEnd } from './run-sweep.js'
import { print, printJson, table } from './terminal.js'

export const sweepsCommand = (): Command =>
  new Command('sweeps')
    .description('look after planned and running sweeps')
    .addCommand(onSweep('show', 'the plan and how far it is').action(show))
    .addCommand(
      onSweep('approve', 'approve a plan that somebody else made')
        .requiredOption('--confirm <digest>', 'the digest of the plan you read')
        .requiredOption('--expect-resets <n>', 'how many resets you expect', Number)
        .action(approve),
    )
    .addCommand(reportCommand())
    .addCommand(onSweep('start', 'start an approved sweep and watch it').action(start))
    .addCommand(onSweep('resume', 'let a paused sweep go on and watch it').action(resume))
    .addCommand(
      stopping('pause', 'stop between chunks; it can go on later').action(
        stopWith('pause', pauseSweep),
      ),
    )
    .addCommand(
      stopping('abort', 'end for good; what was done stays done').action(
        stopWith('abort', abortSweep),
      ),
    )

const onSweep = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .argument('<id>', 'the sweep')
    .option('--json', 'answer in JSON')

const stopping = (name: string, description: string) =>
  onSweep(name, description).requiredOption('--reason <reason>', 'why; it goes into the audit')

async function show(id: string, _options: unknown, command: Command): Promise<void> {
  const remote = remoteClient(command)
  if (remote) return remoteSweep(remote, { verb: 'show', id }, command)
  await withApp(async (app) => {
    const sweep = await getSweep(app.db, id)
    const progress = await sweepProgress(app.db, id)
    if (isJson(command)) return printJson({ ...sweep, progress })
    if (sweep.planDigest) showPlan(app, sweep)
    print(
      table([
        ['status', sweep.status, sweep.statusReason ?? undefined].filter(
          (cell) => cell !== undefined,
        ) as [string, string],
        ...planningRows(progressView(progress).planning),
        ['accounts done', progress.accountsDone],
        ['of', progress.accounts],
      ]),
    )
  })
}

type ApproveOptions = { confirm: string; expectResets: number }

async function approve(id: string, options: ApproveOptions, command: Command): Promise<void> {
  if (!Number.isInteger(options.expectResets)) {
    throw new Refusal('input_invalid', '--expect-resets must be a whole number.')
  }
  const request = {
    planDigest: options.confirm,
    expectedResets: options.expectResets,
    approver: actor(),
  }
  const sweep = await withApp((app) => approveSweep(app, id, request))
  if (isJson(command)) return printJson(sweep)
  print(
    sweep.status === 'approved'
      ? `Approved. Start it with: cordon sweeps start ${id}`
      : `Your approval is recorded; the plan needs ${sweep.approvalsNeeded}.`,
  )
}

async function start(id: string, _options: unknown, command: Command): Promise<void> {
  const remote = remoteClient(command)
  if (remote) return remoteSweep(remote, { verb: 'start', id }, command)
  await withApp(async (app) => {
    await startSweep(app, id, actor())
    await finish(app, id, isJson(command))
  })
}

async function resume(id: string, _options: unknown, command: Command): Promise<void> {
  const remote = remoteClient(command)
  if (remote) return remoteSweep(remote, { verb: 'resume', id }, command)
  await withApp(async (app) => {
    await resumeSweep(app, id, actor())
    await finish(app, id, isJson(command))
  })
}

async function finish(app: App, id: string, json: boolean): Promise<void> {
  const status = await runToEnd(app, id, { actor: actor(), json })
  if (json) printJson({ id, status })
  else print(`Sweep ${id} is ${status}.`)
}

const stopWith =
  (verb: 'pause' | 'abort', stop: typeof pauseSweep) =>
  async (id: string, { reason }: { reason: string }, command: Command): Promise<void> => {
    const remote = remoteClient(command)
    if (remote) return remoteSweep(remote, { verb, id, reason }, command)
    const sweep = await withApp(async (app) => {
      await stop(app, id, { actor: actor(), reason })
      return getSweep(app.db, id)
    })
    if (isJson(command)) return printJson({ id, status: sweep.status })
    print(`Sweep ${id} is ${sweep.status}; nothing of it is in flight.`)
  }
