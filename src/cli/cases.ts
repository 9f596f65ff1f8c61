import { Command, Option } from 'commander'
import type { App } from '../app.js'
import { confirmCase, decideCase, declineCase } from '../cases/deciding/service.js'
import { listCases } from '../cases/reading/service.js'
import {
  caseCounts,
  claimCase,
  claimNext,
  escalateCase,
  heartbeatCase,
  releaseCase,
  snoozeCase,
} from '../cases/service.js'
import {
  DECISION_REASONS,
  DECISION_SAYS,
  DECISIONS,
  type Decision,
  type DecisionReason,
} from '../cases/state.js'
import { signalsOf } from '../logins/service.js'
import { Refusal } from '../platform/errors.js'
import { actor, isJson, withApp } from './context.js'
import { faint, heading, print, printJson, table } from './terminal.js'

export const casesCommand = (): Command =>
  new Command('cases')
    .description('questions for people')
    .addCommand(withJson('next', 'claim the most urgent free case for 15 minutes').action(next))
    .addCommand(
      withJson('claim', 'claim one named case')
        .argument('<id>', 'the case')
        .action((id: string, _options: unknown, command: Command) =>
          claimWith((app) => claimCase(app, id, actor()), command),
        ),
    )
    .addCommand(
      claimCommand('keep', 'renew your claim for 15 more minutes').action(
        async (id: string, options: ClaimOptions) => {
          await withApp((app) => heartbeatCase(app, claimOf(id, options)))
          print(`Case ${id} is yours for 15 more minutes.`)
        },
      ),
    )
    .addCommand(withJson('list', 'how many cases there are, and the open ones').action(listOpen))
    .addCommand(decideCommand())
    .addCommand(confirmCommand())
    .addCommand(
      claimCommand('release', 'give a claimed case back').action(
        async (id: string, options: ClaimOptions) => {
          await withApp((app) => releaseCase(app, claimOf(id, options)))
          print(`Case ${id} is open again.`)
        },
      ),
    )
    .addCommand(
      claimCommand('snooze', 'put a claimed case aside')
        .requiredOption('--minutes <n>', 'for how long', positive)
        .action(async (id: string, options: ClaimOptions & { minutes: number }) => {
          await withApp((app) => snoozeCase(app, claimOf(id, options), options.minutes))
          print(`Case ${id} comes back in ${options.minutes} minutes.`)
        }),
    )

    .addCommand(escalateCommand())

const withJson = (name: string, description: string) =>
  new Command(name).description(description).option('--json', 'answer in JSON')

const MOST_SAID = 4_000

type ClaimOptions = { fence: number }
const claimOf = (caseId: string, { fence }: ClaimOptions) => ({ caseId, fence, reviewer: actor() })

const claimCommand = (name: string, description: string) =>
  withJson(name, description)
    .argument('<id>', 'the case')
    .requiredOption('--fence <n>', 'the number your claim got', positive)

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Refusal('input_invalid', `"${text}" is not a whole number above 0.`)
}

const next = (_options: unknown, command: Command): Promise<void> =>
  claimWith((app) => claimNext(app, actor()), command)

type Claimed = {
  id: string
  accountNo: bigint
  tier: string
  score: number
  because: string[]
  dueAt: Date
  fence: number
  leaseUntil: Date | null
}

async function claimWith(
  claim: (app: App) => Promise<Claimed | undefined>,
  command: Command,
): Promise<void> {
  await withApp(async (app) => {
    const claimed = await claim(app)
    if (isJson(command)) return printJson(claimed ? await caseView(app, claimed) : null)
    if (!claimed) return print('No case is waiting.')
    await show(app, claimed)
  })
}

async function caseView(app: App, claimed: Claimed) {
  const account = await app.db.account.findUniqueOrThrow({
    where: { no: claimed.accountNo },
    select: { id: true },
  })
  const { id, tier, score, because, fence, leaseUntil, dueAt, accountNo } = claimed
  const signals = await signalsOf(app.db, accountNo)
  return {
    case: { id, account: account.id, tier, score, because, dueAt, signals },
    fence,
    leaseUntil,
  }
}

async function show(app: App, claimed: Claimed): Promise<void> {
  const view = await caseView(app, claimed)
  print(heading(`Case ${view.case.id}`))
  print(
    table([
      ['account', view.case.account],
      ['tier', view.case.tier],
      ['score', view.case.score],
      ['because', view.case.because.join(', ')],
      ['due', view.case.dueAt.toISOString()],
      ['your claim', `fence ${view.fence}`, `until ${view.leaseUntil?.toISOString()}`],
    ]),
  )
  for (const { at, kind, says } of view.case.signals)
    print(`  ${at.toISOString()}  ${kind}: ${says}`)
  print(
    faint(
      `\nDecide: cordon cases decide ${view.case.id} --fence ${view.fence} --decision … --reason …`,
    ),
  )
  for (const decision of DECISIONS)
    print(faint(`  ${decision.padEnd(16)} ${DECISION_SAYS[decision]}`))
}

const escalateCommand = (): Command =>
  claimCommand('escalate', 'give a claimed case back for other eyes, before all of its urgency')
    .requiredOption('--comment <text>', 'why, for whoever takes it', spoken)
    .action(async (id: string, options: ClaimOptions & { comment: string }) => {
      await withApp((app) => escalateCase(app, claimOf(id, options), options.comment))
      print(`Case ${id} is open again, for other eyes.`)
    })

function spoken(text: string): string {
  const says = text.trim()
  if (says !== '' && says.length <= MOST_SAID) return says
  throw new Refusal('input_invalid', `A comment has 1 to ${MOST_SAID} characters.`)
}

function decideCommand(): Command {
  return claimCommand('decide', 'decide a claimed case')
    .addOption(new Option('--decision <decision>').choices([...DECISIONS]).makeOptionMandatory())
    .addOption(new Option('--reason <reason>').choices([...DECISION_REASONS]).makeOptionMandatory())
    .option('--note <note>', 'for whoever reads this later')
    .action(async (id: string, options: DecideOptions, command: Command) => {
      const { decision, reason, note = null } = options
      const decided = await withApp((app) =>
        decideCase(app, claimOf(id, options), { decision, reason, note }),
      )
      if (isJson(command)) return printJson({ id: decided.id, status: decided.status, decision })
      if (decided.status === 'decided') return print(decidedLine(id, decision))
      print(`Case ${id} waits for a second reviewer: nothing has been done to the account.`)
      print(faint(`Somebody else runs: cordon cases confirm ${id}`))
    })
}

const decidedLine = (id: string, decision: Decision) =>
  `Case ${id} is decided: ${decision} ${DECISION_SAYS[decision]}.`

function confirmCommand(): Command {
  return withJson('confirm', 'agree, or not, with what another reviewer proposed')
    .argument('<id>', 'the case')
    .option('--disagree', 'the case goes back to the queue')
    .option('--note <note>', 'becomes a comment')
    .action(async (id: string, options: { disagree?: true; note?: string }, command: Command) => {
      const answer = { caseId: id, reviewer: actor(), note: options.note ?? null, fence: null }
      const answered = await withApp((app) =>
        options.disagree ? declineCase(app, answer) : confirmCase(app, answer),
      )
      const { status, decision } = answered
      if (isJson(command)) return printJson({ id, status, decision })
      if (status === 'decided') return print(decidedLine(id, decision as Decision))
      print(`Case ${id} is open again.`)
    })
}

type DecideOptions = ClaimOptions & { decision: Decision; reason: DecisionReason; note?: string }

async function listOpen(_options: unknown, command: Command): Promise<void> {
  await withApp(async (app) => {
    const counts = await caseCounts(app.db, null)
    const open = await listCases(app.db, {
      status: 'open',
      after: undefined,
      take: 50,
      above: app.secondReviewerAbove,
    })
    const items = open.map(({ id, tier, score, dueAt }) => ({ id, tier, score, dueAt }))
    if (isJson(command)) return printJson({ counts, items })
    if (counts.length === 0) return print('There is no case.')
    print(table(counts.map(({ status, tier, cases }) => [`${status} ${tier}`, cases] as const)))
    for (const { id, tier, score } of items) print(`  ${id}  ${tier.padEnd(12)} ${score}`)
  })
}
