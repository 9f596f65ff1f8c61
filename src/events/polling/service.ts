import { setTimeout as pause } from 'node:timers/promises'
import { findEvents } from '../../audit/service.js'
import { inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sha256 } from '../../platform/hash.js'
import { bearerToken } from '../endpoint.js'
import { codeOf } from '../outcome.js'
import { claimsOf } from '../set.js'
import { openSigner, type SigningDeps } from '../signing/service.js'
import * as store from './store.js'

export type PollDeps = SigningDeps & {
  issuer: string
  /** Aborts when this process is about to stop: whoever waits is answered at once. */
  stopping?: AbortSignal
}

export type Poll = {
  maxEvents?: number | undefined
  ack?: readonly string[] | undefined
  setErrs?: Readonly<Record<string, { err?: unknown }>> | undefined
  returnImmediately?: boolean | undefined
  /** Aborts when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined
}

export type PolledSets = { sets: Record<string, string>; moreAvailable: boolean }

const MOST_SETS = 100
const LONGEST_WAIT_MS = 20_000
const LOOK_AGAIN_MS = 500

/** The endpoint that a bearer token belongs to. Refuses alike with `unauthenticated` what is none. */
export async function authenticatePoll(
  { db }: Pick<PollDeps, 'db'>,
  authorization: string | undefined,
): Promise<string> {
  const token = bearerToken(authorization)
  const id = token && (await store.endpointByToken(db, sha256(token)))
  if (!id) throw new Refusal('unauthenticated', 'Send the live token of an endpoint that polls.')
  return id
}

/**
 * RFC 8936 §2: takes in what was acknowledged and what was refused, then gives the oldest tokens
 * that are neither, up to 100; the same again until they are. Without `returnImmediately` it waits
 * for one, 20 s at most. Refuses with `not_found` when the endpoint is none that polls.
 */
export async function pollSets(
  deps: PollDeps,
  endpointId: string,
  poll: Poll,
): Promise<PolledSets> {
  const endpoint = await store.endpointById(deps.db, endpointId)
  if (!endpoint) throw new Refusal('not_found', 'No live endpoint that polls has this id.')
  await inTx(deps.db, (tx) => takeIn(tx, endpoint.no, poll))
  const most = Math.min(MOST_SETS, poll.maxEvents ?? MOST_SETS)
  const waits = most > 0 && poll.returnImmediately === false ? LONGEST_WAIT_MS : 0
  const found = await untilSome(deps, endpoint.no, { most, waits, signal: poll.signal })
  const sets = await signAll(deps, endpoint, found.slice(0, most))
  return { sets, moreAvailable: found.length > most }
}

async function takeIn(tx: Tx, endpointNo: number, { ack = [], setErrs = {} }: Poll): Promise<void> {
  const acknowledged = ack.filter(isId)
  const refused = Object.entries(setErrs)
    .filter(([id]) => isId(id))
    .map(([id, { err }]) => ({ id, code: codeOf(err) }))
  if (acknowledged.length > 0) await store.acknowledge(tx, endpointNo, acknowledged)
  if (refused.length > 0) await store.refuse(tx, endpointNo, refused)
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const isId = (id: string) => UUID.test(id)

type Wait = { most: number; waits: number; signal: AbortSignal | undefined }

/** One more than was asked for says that more are available. */
async function untilSome(
  { db, stopping }: PollDeps,
  endpointNo: number,
  { most, waits, signal }: Wait,
): Promise<store.Waiting[]> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const found = await store.waiting(db, endpointNo, most + 1)
    const isOver = waited >= waits || signal?.aborted || stopping?.aborted
    if (found.length > 0 || isOver) return found
    await pause(LOOK_AGAIN_MS)
  }
}

async function signAll(
  deps: PollDeps,
  { audience }: store.Polled,
  found: readonly store.Waiting[],
): Promise<Record<string, string>> {
  if (found.length === 0) return {}
  const sign = await openSigner(deps)
  const events = await findEvents(
    deps.db,
    found.map(({ eventId }) => eventId),
  )
  const signed = await Promise.all(
    found.map(async ({ id, eventId, type }) => {
      const event = events.get(String(eventId))
      const claims = event && claimsOf(event, { id, type, issuer: deps.issuer, audience })
      return claims ? [[id, await sign(claims)] as const] : []
    }),
  )
  return Object.fromEntries(signed.flat())
}
