import { randomBytes } from 'node:crypto'
import { record } from '../audit/service.js'
import type { Cipher } from '../platform/cipher.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { sha256 } from '../platform/hash.js'
import { type Outbound, outboundUrl } from '../platform/outbound.js'
import { newId } from '../values/ids.js'
import { checkEndpoint, type EndpointRequest, type Format, mintSecret } from './endpoint.js'
import * as store from './store.js'

export type EndpointDeps = { db: Db; cipher: Cipher; outbound: Outbound }

const SECRET_BYTES = 32

/**
 * Adds an endpoint, which is told of everything that commits from now on. The answer is the only
 * time its secret is seen. Refuses with `url_refused` or `input_invalid`.
 */
export async function addEndpoint(
  tx: Tx,
  { cipher, outbound }: Pick<EndpointDeps, 'cipher' | 'outbound'>,
  { actor, ...request }: EndpointRequest & { actor: string },
): Promise<{ id: string; secret: string }> {
  const url = request.url === undefined ? undefined : outboundUrl(request.url, outbound).href
  const endpoint = checkEndpoint({ ...request, url })
  const id = newId('evp', randomBytes(16))
  const { format, types } = endpoint
  const endpointNo = await store.insertEndpoint(tx, { ...endpoint, id })
  const secret = await giveSecret(tx, cipher, { endpointNo, format })
  const detail = { format, types: [...types] }
  await record(tx, { kind: 'endpoint.added', actor, subject: `endpoint:${id}`, detail })
  return { id, secret }
}

async function giveSecret(
  tx: Tx,
  cipher: Cipher,
  { endpointNo, format }: { endpointNo: number; format: Format },
): Promise<string> {
  const id = newId('key', randomBytes(16))
  const secret = mintSecret(format, randomBytes(SECRET_BYTES))
  const isShown = format === 'ssf_poll'
  await store.insertSecret(tx, {
    id,
    endpointNo,
    sealedSecret: isShown ? null : cipher.seal(secret, `event_secret:${id}`),
    tokenHash: isShown ? sha256(secret) : null,
  })
  return secret
}

/** All endpoints, never their secrets, with what waits and what is dead. */
export const listEndpoints = ({ db }: { db: Db }) => store.listEndpoints(db)

type Change = { id: string; actor: string }

/** Ends an endpoint at once. Refuses with `not_found` when no live one has this id. */
export async function disableEndpoint({ db }: { db: Db }, { id, actor }: Change): Promise<void> {
  await inTx(db, async (tx) => {
    const { no } = await lock(tx, id)
    await endEndpoint(tx, no, { because: 'asked', actor })
  })
}

/** Ends an endpoint in a transaction; what it was not told becomes dead letters. */
export async function endEndpoint(
  tx: Tx,
  no: number,
  { because, actor }: { because: 'asked' | 'gone'; actor: string },
): Promise<void> {
  const id = await store.disable(tx, no, because)
  if (id === undefined) return
  const dead = await store.buryPending(tx, no)
  const detail = { because, dead }
  await record(tx, { kind: 'endpoint.disabled', actor, subject: `endpoint:${id}`, detail })
}

const WEEK_HOURS = 168

/**
 * Gives an endpoint a new secret; the one before stays live for `overlapHours` (0 ends it at once),
 * any older one ends now. Refuses with `not_found` or `input_invalid`.
 */
export async function rotateSecret(
  tx: Tx,
  cipher: Cipher,
  { id, actor, overlapHours }: Change & { overlapHours: number },
): Promise<{ id: string; secret: string }> {
  if (!(overlapHours >= 0 && overlapHours <= WEEK_HOURS))
    throw new Refusal('input_invalid', `The overlap is 0 to ${WEEK_HOURS} hours.`)
  const { no, format } = await lock(tx, id)
  await store.expireSecrets(tx, no, overlapHours)
  const secret = await giveSecret(tx, cipher, { endpointNo: no, format })
  const detail = { overlapHours }
  await record(tx, { kind: 'endpoint.rotated', actor, subject: `endpoint:${id}`, detail })
  return { id, secret }
}

async function lock(tx: Tx, id: string): Promise<store.LiveEndpoint> {
  const found = await store.lockEndpoint(tx, id)
  if (!found) throw new Refusal('not_found', 'No live endpoint has this id.')
  return found
}

/** The newest deliveries of a selection. Refuses with `input_invalid` ids that are none. */
export async function listDeliveries(
  { db }: { db: Db },
  selection: store.Selection,
  most = 50,
): Promise<store.DeliveryRow[]> {
  return store.listDeliveries(db, checked(selection), most)
}

/**
 * Makes settled deliveries due again, under the ids they had: a receiver that keeps ids sees each
 * once. Dead letters, unless ids or a status are named. Returns how many; refuses with
 * `input_invalid` a selection of everything.
 */
export async function replayDeliveries(
  { db }: { db: Db },
  { actor, ...selection }: store.Selection & { actor: string },
): Promise<number> {
  const { ids, endpoint, from, to } = selection
  if (!ids?.length && !endpoint && !from && !to)
    throw new Refusal('input_invalid', 'Name deliveries, an endpoint, or a time.')
  const status = selection.status ?? (ids?.length ? undefined : 'dead')
  return inTx(db, async (tx) => {
    const again = await store.replay(tx, checked({ ...selection, status }))
    for (const { endpoint: id, deliveries } of again) {
      const detail = { deliveries }
      await record(tx, { kind: 'endpoint.replayed', actor, subject: `endpoint:${id}`, detail })
    }
    return again.reduce((sum, { deliveries }) => sum + deliveries, 0)
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function checked(selection: store.Selection): store.Selection {
  const ids = selection.ids?.length ? selection.ids : undefined
  if (ids?.some((id) => !UUID.test(id)))
    throw new Refusal('input_invalid', 'The id of a delivery is a UUID: the webhook-id or jti.')
  return { ...selection, ids }
}

const KEPT_DAYS = 30

/** Forgets deliveries that were settled a month ago, and gives up tokens nobody asked for as long. */
export const tidyDeliveries = ({ db }: { db: Db }): Promise<void> => store.tidy(db, KEPT_DAYS)
