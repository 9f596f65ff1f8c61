import * as calls from '../contract/mail.js'
import { type Db, inTx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { type Actor, answer, type Route, serve } from '../platform/http/route.js'
import { may } from '../staff/policy.js'
import { insistFresh } from '../staff/service.js'
import { incidentFunnel } from './funnel/service.js'
import { retryUnknown } from './retrying/service.js'
import { closeValve, openValve, type ValveTurn, valveState } from './service.js'
import { mailStatus } from './status/service.js'
import type { Scope } from './valve.js'
import { funnelView, laneView, sweepMailView, valveView } from './view.js'

export type MailRouteDeps = { db: Db; fourEyes: boolean }

/** How far mail is, and the switches that stop it. */
export const mailRoutes: readonly Route<MailRouteDeps>[] = [
  serve(calls.readMail, async (_asked, { db, fourEyes }: MailRouteDeps) => {
    const { valve, closed, lanes, sweeps, ...rest } = await inTx(db, mailStatus)
    return answer(200, {
      ...rest,
      fourEyes,
      valve: valveView(valve),
      closed: closed.map(valveView),
      lanes: lanes.map(laneView),
      sweeps: sweeps.map(sweepMailView),
    })
  }),
  serve(calls.turnValve, async ({ body, actor }, deps: MailRouteDeps) => {
    const scope = body.scope as Scope
    const turn = { reason: body.reason, actor: actor.id, scope }
    if (body.state === 'open') insistMayOpen(actor)
    const result = body.state === 'open' ? await openValve(deps, turn) : await close(deps, turn)
    return answer(200, { result, valve: valveView(await valveState(deps.db, scope)) })
  }),
  serve(calls.retryUnknown, async ({ params, body, actor }, { db }: MailRouteDeps) => {
    const order = { sweepId: params.id, ...body, actor: actor.id }
    return answer(200, { staged: await inTx(db, (tx) => retryUnknown(tx, order)) })
  }),
  serve(calls.readFunnel, async ({ params }, deps: MailRouteDeps) =>
    answer(200, funnelView(await incidentFunnel(deps, params.id))),
  ),
]

async function close(deps: MailRouteDeps, turn: ValveTurn) {
  await closeValve(deps, turn)
  return 'closed' as const
}

/** The call is declared for whoever may close; opening is another act, and a grave one. */
function insistMayOpen(actor: Actor): void {
  if (!may(actor.roles, 'mail.open')) {
    throw new Refusal('forbidden', `${actor.roles.join(' and ')} may not do this (mail.open).`)
  }
  insistFresh(actor)
}
