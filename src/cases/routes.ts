import { z } from 'zod'
import * as calls from '../contract/cases.js'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { cutPage, readCursor } from '../platform/http/cursor.js'
import type { OnceDeps } from '../platform/http/idempotency.js'
import { type Actor, answer, type Route, serve, serveOnce } from '../platform/http/route.js'
import type { Log } from '../platform/log.js'
import { may } from '../staff/policy.js'
import { insistFresh } from '../staff/service.js'
import {
  confirmCase,
  type DecisionDeps,
  decideCase,
  decideMany,
  declineCase,
} from './deciding/service.js'
import { listCases, openFile, seenCase } from './reading/service.js'
import { caseDetail, commentView } from './reading/view.js'
import {
  claimCase,
  claimNext,
  commentIn,
  escalateCase,
  getCase,
  heartbeatCase,
  releaseCase,
  snoozeCase,
} from './service.js'
import { caseView, type SeenCase } from './view.js'

export type CaseRouteDeps = OnceDeps & DecisionDeps & { db: Db; log: Log }

const Place = z.tuple([z.string().regex(/^\d{1,18}$/)])

const readingRoutes: readonly Route<CaseRouteDeps>[] = [
  serve(calls.listCases, async ({ query }, deps: CaseRouteDeps) => {
    const { cursor, take, status, tier, escalated } = query
    const place = readCursor(Place, cursor)
    const after = place && BigInt(place[0])
    const filter = { status, tier, escalated: escalated === 'only' }
    const page = { ...filter, after, take: take + 1, above: deps.secondReviewerAbove }
    const rows = await listCases(deps.db, page)
    const view = { item: caseView, place: (row: (typeof rows)[number]) => [String(row.no)] }
    return answer(200, cutPage(rows, take, view))
  }),
  serve(calls.readCase, async ({ params, actor }, deps: CaseRouteDeps) => {
    const asked = { id: params.id, actor: actor.id, above: deps.secondReviewerAbove }
    const file = await openFile(deps, asked)
    const isReviewer = isPerson(actor) && may(actor.roles, 'case.decide')
    return answer(200, caseDetail(file, { id: actor.id, isReviewer }))
  }),
]

const claimRoutes: readonly Route<CaseRouteDeps>[] = [
  serve(calls.claimNextCase, async ({ actor }, deps: CaseRouteDeps) => {
    const claimed = await claimNext(deps, reviewerOf(actor))
    return claimed ? answer(200, claimView(claimed)) : answer(204, undefined)
  }),
  serve(calls.claimCase, async ({ params, actor }, deps: CaseRouteDeps) => {
    await claimCase(deps, params.id, reviewerOf(actor))
    return answer(200, claimView(await seenCase(deps.db, params.id, deps.secondReviewerAbove)))
  }),
  serve(calls.heartbeatCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    const leaseUntil = await heartbeatCase(deps, claimOf(params, body, actor))
    return answer(200, { fence: body.fence, leaseUntil: leaseUntil.toISOString() })
  }),
  serve(calls.releaseCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    await releaseCase(deps, claimOf(params, body, actor))
    return answer(204, undefined)
  }),
  serve(calls.snoozeCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    await snoozeCase(deps, claimOf(params, body, actor), body.minutes)
    return answer(204, undefined)
  }),
  serve(calls.escalateCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    await escalateCase(deps, claimOf(params, body, actor), body.says)
    return answer(204, undefined)
  }),
  serveOnce(calls.commentCase, async ({ params, body, actor }, tx) => {
    await getCase(tx, params.id)
    const comment = { caseId: params.id, reviewer: reviewerOf(actor), says: body.says }
    return answer(201, commentView(await commentIn(tx, comment)))
  }),
]

const decisionRoutes: readonly Route<CaseRouteDeps>[] = [
  serve(calls.decideCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    const claim = claimOf(params, body, actor)
    insistFreshFor(body.decision, actor)
    await decideCase(deps, claim, decidedBy(body))
    return answer(200, await viewOf(deps, params.id))
  }),
  serve(calls.confirmCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    const { agrees, note = null, fence = null } = body
    const given = { caseId: params.id, reviewer: reviewerOf(actor), note, fence }
    if (agrees) insistFresh(actor)
    await (agrees ? confirmCase(deps, given) : declineCase(deps, given))
    return answer(200, await viewOf(deps, params.id))
  }),
  serve(calls.decideCases, async ({ body, actor }, deps: CaseRouteDeps) => {
    const bulk = { caseIds: body.cases, reviewer: reviewerOf(actor), decided: decidedBy(body) }
    insistFreshFor(body.decision, actor)
    return answer(200, { results: await decideMany(deps, bulk) })
  }),
]

/** The queue, one case after another, and what becomes of them. */
export const caseRoutes = [...readingRoutes, ...claimRoutes, ...decisionRoutes]

const isPerson = ({ id }: Actor) => id.startsWith('staff:')

/** Cases are questions for people. */
function reviewerOf(actor: Actor): string {
  if (isPerson(actor)) return actor.id
  throw new Refusal('forbidden', 'Cases are questions for people. A key cannot work on them.')
}

/** Releasing is what an attacker who took a reviewer's session would do. */
function insistFreshFor(decision: string, actor: Actor): void {
  if (decision === 'release') insistFresh(actor)
}

const claimOf = ({ id }: { id: string }, { fence }: { fence: number }, actor: Actor) => ({
  caseId: id,
  fence,
  reviewer: reviewerOf(actor),
})

type DecisionBody = z.output<typeof calls.decideCase.body>
const decidedBy = ({ decision, reason, note }: Omit<DecisionBody, 'fence'>) => ({
  decision,
  reason,
  note: note ?? null,
})

const viewOf = async ({ db, secondReviewerAbove }: CaseRouteDeps, id: string) =>
  caseView(await seenCase(db, id, secondReviewerAbove))

const claimView = (claimed: SeenCase) => ({
  case: caseView(claimed),
  fence: claimed.fence,
  leaseUntil: (claimed.leaseUntil ?? claimed.now).toISOString(),
})
