import { randomBytes, randomUUID } from 'node:crypto'
import { record } from '../../../audit/service.js'
import { type Db, inTx } from '../../../platform/db.js'
import type { Log } from '../../../platform/log.js'
import type { SmtpTransport, SmtpVerdict } from '../../../platform/smtp.js'
import { prepare, type Written } from '../../prepare.js'
import type { Sender } from '../../sender.js'
import { outcomeOf } from '../../sending/outcome.js'
import { stopScopes } from '../../service.js'
import { GLOBAL, STALE_AFTER_MS } from '../../valve.js'
import type { WriteMail } from '../../writing/jobs.js'
import * as store from './store.js'

export type SeedDeps = {
  db: Db
  log: Log
  sender: Sender
  transport: SmtpTransport
  write?: WriteMail
  /** The envelope's sender for a mail, where reports about it come back; the sender's when left out. */
  returnPath?: ((mailId: string) => string) | undefined
}

/**
 * Sends the seed mails that are due, one after the other, through the same rendering, gate, valve
 * and transport as every mail. They hold invented facts and a token that belongs to no reset.
 * Returns how many were sent. Refuses with `mail_transport_refused` as `sendDue` does.
 */
export async function sendSeeds(deps: SeedDeps, signal: AbortSignal): Promise<number> {
  const owner = randomUUID()
  await store.recoverSeeds(deps.db)
  for (let sent = 0; ; sent += 1) {
    const claimedAtMs = performance.now()
    const seed = signal.aborted ? undefined : await store.claimSeed(deps.db, owner)
    if (!seed) return sent
    try {
      await sendOne(deps, seed, { owner, signal, claimedAtMs })
    } catch (error) {
      await store.finishSeed(deps.db, owner, {
        id: seed.id,
        status: 'staged',
        reply: null,
        waitSeconds: 5,
      })
      throw error
    }
  }
}

type Sending = { owner: string; signal: AbortSignal; claimedAtMs: number }

async function sendOne(deps: SeedDeps, seed: store.ClaimedSeed, sending: Sending): Promise<void> {
  const written = await (deps.write ?? prepare)(unwritten(seed), deps.sender, new Date())
  if (written.kind !== 'ready') return giveUp(deps, seed, sending.owner, written)
  const verdict = await deps.transport.deliver(
    {
      from: deps.returnPath?.(seed.id) ?? deps.sender.from,
      to: written.recipient,
      bytes: written.bytes,
    },
    {
      begin: () =>
        !sending.signal.aborted && performance.now() - sending.claimedAtMs <= STALE_AFTER_MS,
      end: async () => (await store.stampSeed(deps.db, seed.id, sending.owner)) > 0,
    },
  )
  await settle(deps, seed, sending.owner, verdict)
}

/** Facts of nobody. The token has the form of one and is the hash of nothing that is stored. */
const unwritten = ({ id, recipient, purpose, locale }: store.ClaimedSeed) => ({
  id,
  purpose,
  recipient,
  locale,
  name: 'Seed Mailbox',
  phrase: 'quiet lighthouse',
  wantsLinks: true,
  token: purpose === 'reset' ? randomBytes(32).toString('base64url') : null,
})

const AGAIN_SECONDS = 60

async function settle(
  deps: SeedDeps,
  seed: store.ClaimedSeed,
  owner: string,
  verdict: SmtpVerdict,
): Promise<void> {
  const told = outcomeOf({ no: 0n, recipient: seed.recipient, attempts: seed.attempts }, verdict)
  const status = told.status === 'withdrawn' ? 'rejected' : told.status
  const waitSeconds = status === 'staged' ? Math.min(told.waitSeconds, AGAIN_SECONDS) : 0
  await inTx(deps.db, async (tx) => {
    const result = { id: seed.id, status, reply: told.reply, waitSeconds }
    if ((await store.finishSeed(tx, owner, result)) === 0) return
    if (told.stop) await stopScopes(tx, [{ scope: GLOBAL, reason: `mail gate: ${told.stop}` }])
    if (status === 'staged') return
    const detail = { wave: seed.wave, seed: seed.id, status }
    const subject = `sweep:${seed.sweepId}`
    await record(tx, { kind: 'mail.seed_sent', actor: 'cordon', subject, detail })
  })
}

/** Bytes that are not what they must be stop all mail, of a seed as of anybody. */
async function giveUp(
  { db }: SeedDeps,
  seed: store.ClaimedSeed,
  owner: string,
  written: Exclude<Written, { kind: 'ready' }>,
): Promise<void> {
  const reply =
    written.kind === 'stopped' ? `stopped by the gate: ${written.problem}` : written.because
  await inTx(db, async (tx) => {
    const result = { id: seed.id, status: 'rejected' as const, reply, waitSeconds: 0 }
    if ((await store.finishSeed(tx, owner, result)) === 0) return
    const detail = { wave: seed.wave, seed: seed.id, status: 'rejected' }
    const subject = `sweep:${seed.sweepId}`
    await record(tx, { kind: 'mail.seed_sent', actor: 'cordon', subject, detail })
    if (written.kind === 'stopped')
      await stopScopes(tx, [{ scope: GLOBAL, reason: `mail gate: ${written.problem}` }])
  })
}
