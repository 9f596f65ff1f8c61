import * as calls from '../contract/mail.js'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { type Actor, answer, type Route, serve } from '../platform/http/route.js'
import { may } from '../staff/policy.js'
import { insistFresh } from '../staff/service.js'
import { closeValve, countAllMail, openValve, valveState } from './service.js'
import { valveView } from './view.js'

export type MailRouteDeps = { db: Db; fourEyes: boolean }

/** How far mail is, and the switch that stops it. */
export const mailRoutes: readonly Route<MailRouteDeps>[] = [
  serve(calls.readMail, async (_asked, { db }: MailRouteDeps) =>
    answer(200, { valve: valveView(await valveState(db)), counts: await countAllMail(db) }),
  ),
  serve(calls.turnValve, async ({ body, actor }, deps: MailRouteDeps) => {
    const turn = { reason: body.reason, actor: actor.id }
    if (body.state === 'open') insistMayOpen(actor)
    const result = body.state === 'open' ? await openValve(deps, turn) : await close(deps, turn)
    return answer(200, { result, valve: valveView(await valveState(deps.db)) })
  }),
]

async function close(deps: MailRouteDeps, turn: { reason: string; actor: string }) {
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
