import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { record } from '../../audit/service.js'
import { exportReport, readOutcomes, readReport, readResult } from '../../contract/sweep-report.js'
import { type Db, inTx } from '../../platform/db.js'
import { answer, type Route, serve, serveRaw } from '../../platform/http/route.js'
import { getSweep } from '../control/service.js'
import { outcomesOf } from '../reading/service.js'
import type { MailTransport } from './facts.js'
import { REPORT_POLICY, renderReport } from './html.js'
import { reportCsv, sweepReport } from './service.js'
import { resultView } from './view.js'

export type ReportRouteDeps = { db: Db; transport: MailTransport }

const FRAMED = `${REPORT_POLICY}; frame-ancestors 'none'`

/** The report of a sweep in the forms people and their tools want it. */
export const reportRoutes: readonly Route<ReportRouteDeps>[] = [
  serve(readOutcomes, async ({ params }, { db }: ReportRouteDeps) =>
    answer(200, await outcomesOf(db, params.id)),
  ),
  serve(readResult, async ({ params }, { db, transport }: ReportRouteDeps) =>
    answer(200, resultView(await sweepReport(db, params.id, { transport }))),
  ),
  serveRaw(readReport, async ({ params }, { req, res }, { db, transport }: ReportRouteDeps) => {
    const wanted = req.accepts(['application/json', 'text/html', 'text/csv'])
    if (wanted === 'text/csv') return void res.redirect(303, `${req.path}.csv`) // another act
    const report = await sweepReport(db, params.id, { transport })
    res.vary('Accept')
    if (wanted !== 'text/html') return void res.json(report)
    res.set('Content-Security-Policy', FRAMED).type('html').send(renderReport(report))
  }),
  serveRaw(exportReport, async ({ params, actor }, { res }, { db }: ReportRouteDeps) => {
    const { id } = await getSweep(db, params.id)
    await inTx(db, (tx) =>
      record(tx, { kind: 'sweep.exported', actor: actor.id, subject: `sweep:${id}` }),
    )
    res.type('text/csv').attachment(`sweep-${id}.csv`)
    await pipeline(Readable.from(reportCsv(db, id), { objectMode: true }), res).catch(ifGone)
  }),
]

/** Who goes away in the middle is no failure of ours. */
function ifGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
}
