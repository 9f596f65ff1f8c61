import { openSession } from '../../src/accounts/service.js'
import { decideCase } from '../../src/cases/deciding/service.js'
import { claimCase, openAll } from '../../src/cases/service.js'
import type { Decision } from '../../src/cases/state.js'
import { sendDue } from '../../src/mail/jobs.js'
import { createCipher } from '../../src/platform/cipher.js'
import { inTx } from '../../src/platform/db.js'
import { completeReset, DEFAULT_TERMS } from '../../src/resets/service.js'
import { pauseSweep } from '../../src/sweeps/control/service.js'
import { dueChunks, executeChunk } from '../../src/sweeps/running/service.js'
import { watchOnce } from '../../src/sweeps/watch/service.js'
import { aMailing, NEVER, tokenIn } from './mailing.js'
import { sealEverything } from './seal.js'
import {
  accounts,
  attempts,
  aWorld,
  hostile,
  letWavesGo,
  linesOf,
  noOf,
  planned,
  risky,
  runAll,
  safe,
  started,
  type World,
} from './world.js'

const RISKY = ['reset-1', 'reset-2', 'reset-3', 'lost', 'done', 'enrolled']
const TAKEN = ['taken-1', 'taken-2', 'taken-3', 'taken-4', 'taken-5', 'taken-6']
const SAFE = ['safe-1', 'safe-2', 'watched']
const OUTSIDE = ['outsider-1', 'outsider-2']

/**
 * A response from its list to its end, with everything that invariants speak of: a finished sweep with
 * every outcome, mails accepted and lost, a reset completed, cases decided in every way, the watch at
 * work, a paused sweep and one that is only planned.
 */
export async function aFinishedResponse(): Promise<World> {
  const world = await aWorld(4)
  await accounts(world, [
    ...[...RISKY, ...TAKEN].map((id) => risky(id, { locale: 'en' })),
    ...SAFE.map((id) => safe(id)),
    ...OUTSIDE.map((id) => risky(id)),
  ])
  for (const id of TAKEN) await hostile(world, id, { succeeded: true })
  await hostile(world, 'safe-2', { times: 3 })
  await takenIn(world)
  await swept(world)
  await mailed(world)
  await watched(world)
  await decided(world)
  await signedIn(world)
  await stopped(world)
  await sealEverything(world)
  return world
}

async function takenIn(world: World): Promise<void> {
  await attempts(world, [
    {
      id: 'a1',
      account: { id: 'outsider-1' },
      at: new Date(Date.now() - 60_000).toISOString(),
      ip: '192.0.2.7',
      outcome: 'failure',
    },
  ])
  await world.db.$executeRaw`
    INSERT INTO webhook_message (source_no, id, sha256) SELECT no, 'msg_1', sha256('body') FROM attempt_source WHERE name = 'test'`
  await world.db.$executeRaw`
    INSERT INTO idempotency_key (actor, key, request, answer) VALUES ('os:test', 'first', sha256('asked'), 'sealed')`
}

async function swept(world: World): Promise<void> {
  const ids = [...RISKY, ...TAKEN, ...SAFE]
  const sweepId = await planned(world, {
    title: 'Index mail',
    lists: [
      { text: `${linesOf(ids)}nobody@elsewhere.example\nnot an address\n`, name: 'first.txt' },
      { text: linesOf(ids.slice(0, 3)), name: 'second.txt' },
    ],
  })
  await accounts(world, [risky('enrolled', { secondFactors: ['totp'] })])
  await runAll(world, await started(world, sweepId))
}

async function mailed(world: World): Promise<void> {
  const mailing = await aMailing(world, {
    behave: (_message, rcpt) =>
      rcpt?.startsWith('lost') ? { at: 'dot', answer: 'drop' } : undefined,
  })
  mailing.deps.onUndeliverable = (tx, { accountNo, sweepId, status }) => {
    const because = [`mail_${status}`]
    const found = { tier: 'undelivered', priority: 'high' as const, score: 100, because }
    return openAll(tx, [{ accountNo, sweepId, ...found }], 'cordon')
  }
  try {
    while (await letWavesGo(world)) await sendDue(mailing.deps, NEVER)
    const { data } = mailing.sink.messages.find(({ rcpts }) => rcpts[0]?.startsWith('done')) ?? {}
    const deps = { ...world, cipher: createCipher(Buffer.alloc(32, 7)), resetTerms: DEFAULT_TERMS }
    const password = 'a long and unusual sentence 7'
    await completeReset(deps, { token: tokenIn(data ?? ''), password })
    await sendDue(mailing.deps, NEVER)
  } finally {
    await mailing.close()
  }
}

async function watched(world: World): Promise<void> {
  await hostile(world, 'watched', { succeeded: true, at: new Date() })
  await world.db.$executeRaw`
    INSERT INTO reassessment (account_no, because) VALUES (${await noOf(world, 'watched')}, 'hostile_attempt')`
  while ((await watchOnce(world)).asked > 0);
}

async function decided(world: World): Promise<void> {
  const decisions: Record<string, Decision> = {
    'taken-1': 'release',
    'taken-2': 'keep_reset',
    'taken-3': 'reset',
    'taken-4': 'lock',
    'taken-5': 'confirm_takeover',
  }
  const deps = { ...world, resetTerms: DEFAULT_TERMS, secondReviewerAbove: '10000' }
  for (const [id, decision] of Object.entries(decisions)) {
    const { caseId, fence } = await claimed(world, id)
    const claim = { caseId, reviewer: 'os:ana', fence }
    await decideCase(deps, claim, { decision, reason: 'owner_confirmed', note: null })
  }
  await claimed(world, 'taken-6')
}

async function claimed(world: World, id: string): Promise<{ caseId: string; fence: number }> {
  const { id: caseId } = await world.db.reviewCase.findFirstOrThrow({
    where: { accountNo: await noOf(world, id) },
  })
  return { caseId, fence: (await claimCase(world, caseId, 'os:ana')).fence }
}

async function signedIn(world: World): Promise<void> {
  for (const [id, epoch] of [
    ['outsider-1', 0],
    ['done', 1],
  ] as const) {
    const accountNo = await noOf(world, id)
    await inTx(world.db, (tx) => openSession(tx, accountNo, epoch))
  }
}

/** One sweep that was stopped in the middle, and one that nobody approved yet. */
async function stopped(world: World): Promise<void> {
  await accounts(world, [risky('late-1'), risky('late-2')])
  const sweepId = await planned(world, { title: 'Late list', lists: [linesOf(['late-1'])] })
  await started(world, sweepId)
  const [first] = await dueChunks(world.db, sweepId)
  if (first) await executeChunk(world, sweepId, first.no)
  await pauseSweep(world, sweepId, { actor: 'os:test', reason: 'a look first' })
  await planned(world, { title: 'Later list', lists: [linesOf(['late-2'])] })
}
