import { randomBytes } from 'node:crypto'
import { importAccounts } from '../../src/accounts/import/service.js'
import { openIncident, takeList } from '../../src/exposures/service.js'
import { NOWHERE } from '../../src/logins/place.js'
import { importAttempts } from '../../src/logins/receiving/service.js'
import { type MailTerms, plainTerms } from '../../src/mail/forecast/terms.js'
import { returnsOf, seedCopiesOf } from '../../src/mail/returns/service.js'
import { wavesPolicy } from '../../src/mail/waves/policy.js'
import { stepWaves } from '../../src/mail/waves/service.js'
import type { Database } from '../../src/platform/db.js'
import { createLog } from '../../src/platform/log.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import type { Policy } from '../../src/scoring/policy.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import { dueChunks, executeChunk, stagingOf } from '../../src/sweeps/running/service.js'
import { createTestDatabase } from './database.js'

/** A database of its own and everything the use cases of a sweep take, as the composition root makes it. */
export type World = Database & {
  url: string
  log: ReturnType<typeof createLog>
  now: () => Date
  random: (bytes: number) => Uint8Array
  fourEyes: boolean
  mailRevision: string
  textRevision: string
  mailTerms: MailTerms
  hashPassword: (password: string) => Promise<string>
}

export async function aWorld(connections = 12): Promise<World> {
  return {
    ...(await createTestDatabase(connections)),
    log: createLog('silent'),
    now: () => new Date(),
    random: (bytes) => randomBytes(bytes),
    fourEyes: false,
    mailRevision: 'mailer 1',
    textRevision: 'mail texts 1',
    mailTerms: plainTerms(wavesPolicy(undefined, 'embedded_mailbox')),
    hashPassword: async (password) => `hash of ${password}`,
  }
}

type Told = Record<string, unknown> & { id: string }

/** Imports accounts as the platform tells them; without `address` it is `<id>@shop.example`. */
export const accounts = (world: World, told: readonly Told[]) =>
  importAccounts(
    world,
    rows(told.map((each) => ({ address: `${each.id}@shop.example`, ...each }))),
    {
      actor: 'os:test',
    },
  )

export const attempts = (world: World, sent: readonly unknown[], source = 'test') =>
  importAttempts({ ...world, lookUp: () => NOWHERE }, rows(sent), { source, actor: 'os:test' })

export async function* rows(json: readonly unknown[]) {
  for (const [index, each] of json.entries()) yield { index: index + 1, json: each }
}

export const USD = (value: string) => ({ value, currency: 'USD' })
/** An account of the kind that BitMEX reset: no second factor and something to lose. */
export const risky = (id: string, over: object = {}) => ({
  id,
  balance: USD('10'),
  secondFactors: [] as string[],
  ...over,
})
export const safe = (id: string, over: object = {}) => ({
  id,
  balance: USD('0'),
  secondFactors: ['totp'],
  ...over,
})

export async function noOf({ db }: World, id: string): Promise<bigint> {
  return (await db.account.findUniqueOrThrow({ where: { id }, select: { no: true } })).no
}

/** Attempts that are already known to be hostile. */
export async function hostile(
  world: World,
  id: string,
  over: { times?: number; succeeded?: boolean; at?: Date } = {},
) {
  const { times = 1, succeeded = false, at = new Date(Date.now() - 3_600_000) } = over
  const accountNo = await noOf(world, id)
  await world.db.attempt.createMany({
    data: Array.from({ length: times }, (_, index) => ({
      sourceNo: 2,
      id: `${id}-${succeeded}-${at.getTime()}-${index}`,
      accountNo,
      at,
      ip: '203.0.113.66',
      succeeded,
      hostile: true,
    })),
  })
}

export const content = (text: string, name = 'leak.txt') => ({
  name,
  open: async function* () {
    yield Buffer.from(text)
  },
})

export type Scene = {
  title: string
  lists: readonly (string | { text: string; name: string })[]
  policy?: Policy
  occurredAt?: Date
}

/** Takes the lists into an incident and plans its sweep. */
export async function planned(world: World, scene: Scene): Promise<string> {
  const {
    title,
    lists,
    policy = DEFAULT_POLICY,
    occurredAt = new Date(Date.now() - 7_200_000),
  } = scene
  const incidentId = await openIncident(world, { title, occurredAt, actor: 'os:test' })
  const listIds: string[] = []
  for (const list of lists) {
    const source = typeof list === 'string' ? content(list) : content(list.text, list.name)
    listIds.push((await takeList(world, incidentId, source, 'os:test')).id)
  }
  return planSweep(world, { incidentId, listIds, policy, actor: 'os:test' })
}

export const linesOf = (ids: readonly string[]) => ids.map((id) => `${id}@shop.example\n`).join('')

export async function started(world: World, sweepId: string): Promise<string> {
  const { planDigest, resets } = await getSweep(world.db, sweepId)
  const approval = { planDigest: planDigest ?? '', expectedResets: resets ?? 0 }
  await approveSweep(world, sweepId, { ...approval, approver: 'os:test' })
  await startSweep(world, sweepId, 'os:test')
  return sweepId
}

/** Runs what is due, phase after phase, until nothing is. */
export async function runAll(world: World, sweepId: string): Promise<void> {
  for (;;) {
    const due = await dueChunks(world.db, sweepId)
    if (due.length === 0) return
    for (const { no } of due) await executeChunk(world, sweepId, no)
  }
}

/** Lets the waves of mail go as far as they may now; returns whether there is mail to send. */
export const letWavesGo = (world: World): Promise<boolean> =>
  stepWaves({ ...world, stagingOf, returnsOf, seedCopiesOf })

/** A statement as the owner of the tables, who may do what Cordon's own role may not. */
export async function asOwner(
  world: World,
  statement: string,
  values: unknown[] = [],
): Promise<void> {
  const client = await world.pool.connect()
  try {
    await client.query('RESET ROLE')
    await client.query('SET ROLE NONE')
    await client.query(statement, values)
  } finally {
    client.release(true)
  }
}

export const outcomesOf = async (
  { db }: World,
  sweepId: string,
): Promise<Record<string, string>> => {
  const found = await db.$queryRaw<{ id: string; outcome: string }[]>`
    SELECT a.id, o.outcome FROM outcome o JOIN account a ON a.no = o.account_no WHERE o.sweep_id = ${sweepId}`
  return Object.fromEntries(found.map(({ id, outcome }) => [id, outcome]))
}
