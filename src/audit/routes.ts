import { z } from 'zod'
import * as calls from '../contract/audit.js'
import { type Db, inTx } from '../platform/db.js'
import { readCursor, writeCursor } from '../platform/http/cursor.js'
import { answer, type Route, serve, serveRaw } from '../platform/http/route.js'
import { sendStream } from '../platform/http/stream.js'
import { toExportLine } from './export.js'
import { exportPages, listEvents, record, sealEvents, verifyPart } from './service.js'
import { eventView } from './view.js'

export type AuditRouteDeps = { db: Db }

const EventPlace = z.tuple([z.string().regex(/^\d{1,18}$/)])
const ChainPlace = z.tuple([z.int().nonnegative(), z.string().regex(/^[0-9a-f]{64}$/)])
const VERIFY_FOR_MS = 5_000

/** The record of what was done, and the proof that nobody changed it. */
export const auditRoutes: readonly Route<AuditRouteDeps>[] = [
  serve(calls.listAudit, async ({ query }, { db }: AuditRouteDeps) => {
    const { cursor, ...asked } = query
    const place = readCursor(EventPlace, cursor)
    const { events, next } = await listEvents(db, { ...asked, before: place && BigInt(place[0]) })
    return answer(200, {
      items: events.map(eventView),
      next: next === null ? null : writeCursor([String(next)]),
    })
  }),
  serve(calls.verifyAudit, async ({ query }, deps: AuditRouteDeps) => {
    const place = readCursor(ChainPlace, query.cursor)
    const from = place && { index: place[0], hash: Buffer.from(place[1], 'hex') }
    const { result, verified, head, waiting, fault } = await verifyPart(deps, {
      from,
      forMs: VERIFY_FOR_MS,
    })
    const next = result === 'partial' ? writeCursor([verified, head]) : null
    return answer(200, { result, verified, head, waiting, fault, next })
  }),
  serveRaw(calls.exportAudit, async ({ actor }, { res }, deps: AuditRouteDeps) => {
    const exported = { kind: 'audit.exported' as const, actor: actor.id, subject: 'audit:chain' }
    await inTx(deps.db, (tx) => record(tx, exported))
    await sealEvents(deps)
    res.attachment('cordon-audit.ndjson').type('application/x-ndjson')
    await sendStream(res, exportLines(deps))
  }),
]

async function* exportLines(deps: AuditRouteDeps): AsyncGenerator<string> {
  for await (const page of exportPages(deps)) yield page.map(toExportLine).join('')
}
