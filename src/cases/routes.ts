import { z } from 'zod'
import * as calls from '../contract/cases.js'
import type { Db } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { cutPage, readCursor } from '../platform/http/cursor.js'
import type { OnceDeps } from '../platform/http/idempotency.js'
import { type Actor, answer, type Route, serve, serveOnce } from '../platform/http/route.js'
import { insistFresh } from '../staff/service.js'
import {
  claimCase,
  claimNext,
  commentOn,
  decideCase,
  examineCase,
  heartbeatCase,
  listCases,
  releaseCase,
  type SeenCase,
  seeCase,
  snoozeCase,
} from './service.js'
import { caseView, claimView, detailView } from './view.js'

export type CaseRouteDeps = OnceDeps & { db: Db; resetTerms: { holdHours: number } }

const Place = z.tuple([
  z.int(),
  z.int(),
  z.string().regex(/^\d{1,40}(\.\d{1,40})?$|^$/),
  z.string().regex(/^\d{1,19}$/),
])

function placeOf(cursor: string | undefined) {
  const place = readCursor(Place, cursor)
  if (!place) return undefined
  const [rank, score, value, no] = place
  return { rank, score, value: value === '' ? null : value, no: BigInt(no) }
}

const QUEUE = {
  item: caseView,
  place: (seen: SeenCase) => [seen.rank, seen.score, seen.value?.toFixed() ?? '', String(seen.no)],
}

const readingRoutes: readonly Route<CaseRouteDeps>[] = [
  serve(calls.listCases, async ({ query }, { db }: CaseRouteDeps) => {
    const { status, tier = null, cursor, take } = query
    const page = { status, tier, after: placeOf(cursor), take: take + 1 }
    return answer(200, cutPage(await listCases(db, page), take, QUEUE))
  }),
  serve(calls.readCase, async ({ params, actor }, deps: CaseRouteDeps) =>
    answer(200, detailView(await examineCase(deps, params.id, actor.id))),
  ),
]

const claimRoutes: readonly Route<CaseRouteDeps>[] = [
  serve(calls.claimNext, async ({ actor }, deps: CaseRouteDeps) => {
    const claimed = await claimNext(deps, personOf(actor))
    return claimed
      ? answer(200, claimView(await seeCase(deps.db, claimed.id)))
      : answer(204, undefined)
  }),
  serve(calls.claimCase, async ({ params, actor }, deps: CaseRouteDeps) => {
    const claimed = await claimCase(deps, params.id, personOf(actor))
    return answer(200, claimView(await seeCase(deps.db, claimed.id)))
  }),
  serve(calls.heartbeatCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    await heartbeatCase(deps, { caseId: params.id, ...body, reviewer: personOf(actor) })
    return answer(200, claimView(await seeCase(deps.db, params.id)))
  }),
  serve(calls.releaseCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    await releaseCase(deps, { caseId: params.id, ...body, reviewer: personOf(actor) })
    return answer(200, caseView(await seeCase(deps.db, params.id)))
  }),
  serve(calls.snoozeCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    const claim = { caseId: params.id, fence: body.fence, reviewer: personOf(actor) }
    await snoozeCase(deps, claim, body.minutes)
    return answer(200, caseView(await seeCase(deps.db, params.id)))
  }),
]

const decidingRoutes: readonly Route<CaseRouteDeps>[] = [
  serveOnce(calls.commentCase, async ({ params, body, actor }, tx) => {
    const author = personOf(actor)
    const { at, says } = await commentOn(tx, { caseId: params.id, author, says: body.says })
    return answer(201, { at: at.toISOString(), author, says })
  }),
  serve(calls.decideCase, async ({ params, body, actor }, deps: CaseRouteDeps) => {
    const { fence, note = null, ...decided } = body
    if (decided.decision === 'release') insistFresh(actor)
    const claim = { caseId: params.id, fence, reviewer: personOf(actor) }
    await decideCase(deps, claim, { ...decided, note })
    return answer(200, caseView(await seeCase(deps.db, params.id)))
  }),
]

/** The queue that people decide. */
export const caseRoutes = [...readingRoutes, ...claimRoutes, ...decidingRoutes]

/** Doubt goes to people: no machine decides a case. */
function personOf({ id }: Actor): string {
  if (id.startsWith('staff:')) return id
  throw new Refusal('forbidden', 'Cases are decided by people. Sign in.')
}
