import type { EndpointRequest } from '../../src/events/endpoint.js'
import * as events from '../../src/events/service.js'
import { inTx } from '../../src/platform/db.js'

/** `addEndpoint` in a transaction of its own. */
export const addEndpoint = (
  deps: events.EndpointDeps,
  request: EndpointRequest & { actor: string },
) => inTx(deps.db, (tx) => events.addEndpoint(tx, deps, request))

/** `rotateSecret` in a transaction of its own. */
export const rotateSecret = (
  { db, cipher }: Pick<events.EndpointDeps, 'db' | 'cipher'>,
  asked: { id: string; actor: string; overlapHours: number },
) => inTx(db, (tx) => events.rotateSecret(tx, cipher, asked))
