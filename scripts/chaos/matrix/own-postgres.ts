import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wipeEmbeddedPostgres } from '../../../src/platform/embedded-postgres.js'
import { addKey } from '../../../src/staff/keys/service.js'
import type { SinkOptions } from '../../../test/support/smtp-sink.js'
import { type CrashablePostgres, startCrashablePostgres } from '../postgres.js'
import { startWorker } from '../worker.js'
import { type Answer, type Api, ask, startApi } from './api.js'
import { type Ground, openGround } from './ground.js'

/** A database of a scenario that ill-treats its server, with an API and a worker beside it. */
export type OwnGround = Ground & {
  postgres: CrashablePostgres
  api: Api
  /** Opens an incident; the same number again is the same request. */
  post(no: number): Promise<Answer | undefined>
}

export type OwnOptions = { accounts: number; folder?: string; sink?: SinkOptions }

/** Plays on a server of its own, in `folder` or a temporary one, and clears away afterwards. */
export async function onPostgresOfItsOwn<T>(
  { folder, ...options }: OwnOptions,
  play: (ground: OwnGround) => Promise<T>,
): Promise<T> {
  const made = folder ?? mkdtempSync(join(tmpdir(), 'cordon-own-'))
  const postgres = await startCrashablePostgres(made)
  try {
    return await withProcesses(await openGround({ ...options, databaseUrl: postgres.url }), {
      postgres,
      play,
    })
  } finally {
    await postgres.thaw()
    await postgres.close()
    await wipeEmbeddedPostgres(made)
    if (!folder) rmSync(made, { recursive: true, force: true })
  }
}

type Playing<T> = { postgres: CrashablePostgres; play(ground: OwnGround): Promise<T> }

async function withProcesses<T>(ground: Ground, { postgres, play }: Playing<T>): Promise<T> {
  const { key } = await addKey(ground.app, { role: 'automation', name: 'own', actor: 'os:chaos' })
  const api = await startApi(ground.env)
  const worker = await startWorker(ground.env)
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const post = (no: number) =>
    ask(`${api.staff}/v1/incidents`, {
      body: { title: `post ${no}`, occurredAt: at, detectedAt: at },
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': `post-${no}` },
    })
  try {
    return await play({ ...ground, postgres, api, post })
  } finally {
    await postgres.thaw()
    await worker.kill()
    await api.kill()
    await ground.close()
  }
}

/** What the request of a scenario, and the key it is made with, leave on record. */
export const POSTED = { 'incident.opened': 1, 'key.added': 1 }

/** Whether an answer is what a caller is to hear while the database is away. */
export const saysAway = (answer: Answer | undefined): boolean =>
  answer?.status === 503 && answer.headers.get('retry-after') !== null
