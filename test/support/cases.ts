import { type NewCase, openAll } from '../../src/cases/service.js'
import { inTx } from '../../src/platform/db.js'
import { accounts, asOwner, noOf, risky, USD, type World } from './world.js'

type Over = Partial<NewCase> & { balance?: string | null }

/** Opens one case about a new account of this id, and returns the case's id. */
export async function aCase(world: World, account: string, over: Over = {}): Promise<string> {
  return (await someCases(world, [account], over))[0] as string
}

/** Opens one case per account, all alike, in the order of their names. */
export async function someCases(
  world: World,
  names: readonly string[],
  { balance = '10', ...over }: Over = {},
): Promise<string[]> {
  await accounts(
    world,
    names.map((id) => risky(id, { balance: balance === null ? null : USD(balance) })),
  )
  const rows = await world.db.account.findMany({ where: { id: { in: [...names] } } })
  const asked = {
    sweepId: null,
    tier: 'attacked',
    priority: 'high' as const,
    score: 70,
    because: ['hostile_logins'],
    ...over,
  }
  const cases = rows.map(({ no }) => ({ ...asked, accountNo: no }))
  await inTx(world.db, (tx) => openAll(tx, cases, 'cordon'))
  const opened = await world.db.reviewCase.findMany({
    where: { accountNo: { in: rows.map(({ no }) => no) } },
  })
  const caseOf = new Map(opened.map(({ accountNo, id }) => [accountNo, id]))
  const numberOf = new Map(rows.map(({ id, no }) => [id, no]))
  return names.map((name) => caseOf.get(numberOf.get(name) ?? 0n) ?? '')
}

/** The lease of a claim is over. */
export const runOut = (world: World, caseId: string) =>
  asOwner(world, "UPDATE review_case SET lease_until = now() - interval '1 second' WHERE id = $1", [
    caseId,
  ])

/** Nothing waits in the queue. */
export const emptyQueue = (world: World) =>
  asOwner(
    world,
    "UPDATE review_case SET status = 'decided', proposed_by = NULL WHERE status <> 'decided'",
  )

export const standing = async (world: World, account: string) =>
  world.db.standing.findUnique({ where: { accountNo: await noOf(world, account) } })

export const audited = (world: World, kind: string, subject: string) =>
  world.db.auditEvent.count({ where: { kind, subject } })
