import { standingOf } from '../../accounts/service.js'
import { exposuresOf } from '../../exposures/service.js'
import { attackedAlike, loginsOf, signalsOf } from '../../logins/service.js'
import { mailsOf } from '../../mail/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { resetsOf } from '../../resets/service.js'
import type { SeenCase } from '../view.js'
import { REASON_SAYS } from '../words.js'
import * as store from './store.js'
import type { CaseFile } from './view.js'

/** `above` is the limit that the band of a value compares with. */
type Page = store.CaseFilter & { after: bigint | undefined; take: number; above: string }

/**
 * A page of cases in the order of the queue, from behind the case numbered `after`: where it stands
 * now, so that no cursor has to hold a value.
 */
export async function listCases(tx: Tx, { after, ...page }: Page): Promise<SeenCase[]> {
  const place = after === undefined ? undefined : await store.placeOf(tx, after)
  return store.list(tx, { ...page, after: place })
}

/** Refuses with `case_not_found`. */
export async function seenCase(tx: Tx, id: string, above: string): Promise<SeenCase> {
  const seen = await store.byId(tx, id, above)
  if (!seen) throw notFound(id)
  return seen
}

const notFound = (id: string) => new Refusal('case_not_found', `There is no case ${id}.`)

const NEWEST_LOGINS = 100

/**
 * Everything needed to decide a case. Who looked is recorded with the first statement. Refuses with `case_not_found`.
 */
export const openFile = (
  deps: { db: Db },
  asked: { id: string; actor: string; above: string },
): Promise<CaseFile> =>
  inTx(deps.db, async (tx) => {
    const seen = await store.openById(tx, asked)
    if (!seen) throw notFound(asked.id)
    const { accountNo } = seen
    const told = seen.sweepId === null ? [] : await store.policySays(tx, seen.sweepId)
    const words = told.map(({ code, says }) => [code, says] as const)
    return {
      seen,
      says: new Map([...REASON_SAYS, ...words]),
      signals: await signalsOf(tx, accountNo),
      logins: await loginsOf(tx, accountNo, NEWEST_LOGINS),
      exposure: await exposuresOf(tx, accountNo),
      standing: { status: seen.accountStatus, ...(await standingOf(tx, seen.account)) },
      resets: await resetsOf(tx, accountNo),
      mails: await mailsOf(tx, accountNo),
      comments: await store.commentsOn(tx, seen.id),
      earlier: await store.earlierOf(tx, seen, asked.above),
      cluster: await clusterOf(tx, accountNo),
    }
  })

/** Other accounts that the same sources attacked, with their undecided cases. */
async function clusterOf(tx: Tx, accountNo: bigint): Promise<CaseFile['cluster']> {
  const alike = await attackedAlike(tx, accountNo)
  if (alike.length === 0) return []
  const cases = await store.undecidedOf(
    tx,
    alike.map((each) => each.accountNo),
  )
  const caseOf = new Map(cases.map(({ accountNo: no, ...rest }) => [no, rest]))
  return alike.map((each) => ({ ...each, case: caseOf.get(each.accountNo) ?? null }))
}
