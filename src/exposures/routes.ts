import type pg from 'pg'
import { z } from 'zod'
import * as calls from '../contract/incidents.js'
import { type Db, inTx } from '../platform/db.js'
import { cutPage, readCursor } from '../platform/http/cursor.js'
import { etag, versionRead } from '../platform/http/etag.js'
import type { OnceDeps } from '../platform/http/idempotency.js'
import { answer, type Route, serve, serveOnce, serveRaw } from '../platform/http/route.js'
import { receiveFile } from '../platform/http/upload.js'
import { csvLine } from '../values/csv.js'
import {
  changeIncident,
  countMatched,
  createIncident,
  getIncident,
  listIncidents,
  rejectionsOf,
  takeList,
} from './service.js'
import { exposedTogether } from './together/service.js'
import { batchView, incidentView, listView, rejectionView } from './view.js'

export type ExposureRouteDeps = OnceDeps & {
  db: Db
  pool: pg.Pool
  now: () => Date
  random: (bytes: number) => Uint8Array
  /** Where uploads wait to be read. */
  uploadFolder: string
}

const LIST_BYTES = 1024 * 1024 * 1024
const IncidentPlace = z.tuple([z.iso.datetime(), z.string().max(64)])
const RejectionPlace = z.tuple([z.int().nonnegative(), z.string().regex(/^\(\d{1,10},\d{1,5}\)$/)])
const FIRST = { line: 0, place: '(0,0)' }

export const exposureRoutes: readonly Route<ExposureRouteDeps>[] = [
  serveOnce(calls.openIncident, async ({ body, actor }, tx) => {
    const { occurredAt, detectedAt, summary = null, ...rest } = body
    const incident = await createIncident(tx, {
      ...rest,
      summary,
      occurredAt: new Date(occurredAt),
      detectedAt: new Date(detectedAt),
      actor: actor.id,
    })
    return answer(201, incidentView(incident), etag(incident.version))
  }),
  serve(calls.listIncidents, async ({ query }, { db }: ExposureRouteDeps) => {
    const place = readCursor(IncidentPlace, query.cursor)
    const before = place && { at: new Date(place[0]), id: place[1] }
    const rows = await listIncidents(db, { before, take: query.take + 1 })
    const view = {
      item: incidentView,
      place: (row: (typeof rows)[number]) => [row.createdAt.toISOString(), row.id],
    }
    return answer(200, cutPage(rows, query.take, view))
  }),
  serve(calls.changeIncident, async ({ params, body, actor, from }, { db }: ExposureRouteDeps) => {
    const asked = { id: params.id, version: versionRead(from.ifMatch), actor: actor.id }
    const incident = await inTx(db, (tx) => changeIncident(tx, { ...asked, change: body }))
    return answer(200, incidentView(incident), etag(incident.version))
  }),
  serveRaw(calls.addList, async ({ params, actor }, { req, res }, deps: ExposureRouteDeps) => {
    await getIncident(deps.db, params.id)
    const limits = { folder: deps.uploadFolder, bytes: LIST_BYTES }
    const upload = await receiveFile(req, limits)
    try {
      const list = await takeList(deps, params.id, upload, actor.id)
      const status = list.isNew ? 201 : 200
      const body = listView(list, await countMatched(deps.db, list.id))
      res.status(status).json(calls.addList.answers[status].parse(body))
    } finally {
      await upload.remove()
    }
  }),
  serve(calls.listBatches, async ({ params }, { db }: ExposureRouteDeps) => {
    const { largest, ...counts } = await exposedTogether(db, params.id)
    return answer(200, { ...counts, largest: largest.map(batchView) })
  }),
  serve(calls.listRejections, async ({ params, query }, { db }: ExposureRouteDeps) => {
    const place = readCursor(RejectionPlace, query.cursor)
    const after = place ? { line: place[0], place: place[1] } : FIRST
    const rows = await rejectionsOf(db, params.id, { after, take: query.take + 1 })
    const view = {
      item: rejectionView,
      place: (row: (typeof rows)[number]) => [row.line, row.place],
    }
    return answer(200, cutPage(rows, query.take, view))
  }),
  serveRaw(calls.exportRejections, async ({ params }, { res }, { db }: ExposureRouteDeps) => {
    let after = FIRST
    const take = 5_000
    let rows = await rejectionsOf(db, params.id, { after, take })
    res.type('text/csv').attachment(`rejections-${params.id}.csv`)
    res.write(csvLine(['line', 'raw', 'reason']))
    for (;;) {
      res.write(rows.map(({ line, raw, reason }) => csvLine([line, raw, reason])).join(''))
      const last = rows.at(-1)
      if (!last || rows.length < take) break
      after = last
      rows = await rejectionsOf(db, params.id, { after, take })
    }
    res.end()
  }),
]
