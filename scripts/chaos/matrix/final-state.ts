import type { App } from '../../../src/app.js'

type AccountState = { id: string; doubtful: boolean; review: unknown } & Record<string, unknown>

/** What two runs of the same sweep have in common when they are over: all but times and ids (I20). */
export type FinalState = { accounts: AccountState[]; rest: Record<string, unknown> }

export async function finalState({ db }: App): Promise<FinalState> {
  const accounts = await db.$queryRaw<AccountState[]>`
    SELECT a.id, a.address, a.status, a.balance::text AS balance, a.second_factors AS factors,
      s.session_epoch AS epoch, s.value_held AS held, s.password_usable AS usable, s.locked,
      (SELECT json_agg(json_build_array(o.outcome, o.reason)) FROM outcome o WHERE o.account_no = a.no) AS outcomes,
      (SELECT json_agg(json_build_array(r.status, r.epoch) ORDER BY r.no) FROM reset r
        WHERE r.account_no = a.no) AS resets,
      (SELECT json_agg(json_build_array(m.purpose, m.round, m.recipient,
          CASE WHEN m.status = 'unknown' THEN 'accepted' ELSE m.status END) ORDER BY m.purpose, m.round)
        FROM mail m WHERE m.account_no = a.no) AS mails,
      EXISTS (SELECT FROM mail m WHERE m.account_no = a.no AND m.status = 'unknown') AS doubtful,
      json_build_array(s.under_review, (SELECT json_agg(json_build_array(c.tier, c.status, c.decision))
        FROM review_case c WHERE c.account_no = a.no)) AS review
    FROM account a LEFT JOIN standing s ON s.account_no = a.no ORDER BY a.id`
  const [rest] = await db.$queryRaw<[Record<string, unknown>]>`
    SELECT (SELECT json_agg(json_build_array(status, resets) ORDER BY created_at) FROM sweep) AS sweeps,
      (SELECT json_object_agg(kind, events) FROM (
        SELECT CASE kind WHEN 'mail.unknown' THEN 'mail.accepted' ELSE kind END AS kind, count(*)::int AS events
        FROM audit_event WHERE NOT starts_with(kind, 'case.') GROUP BY 1 ORDER BY 1) AS counted) AS record`
  return { accounts, rest }
}

/** The same, with as much more on record as was asked for beside the sweep. */
export function withRecord(state: FinalState, more: Readonly<Record<string, number>>): FinalState {
  const record = { ...(state.rest.record as Record<string, number>), ...more }
  const sorted = Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1))
  return { ...state, rest: { ...state.rest, record: Object.fromEntries(sorted) } }
}

/**
 * In words. A mail that may or may not have arrived counts as sent, and the question about it, which
 * asks people about an account that would have none, as no difference; others judge whether each is explained.
 */
export function differences(calm: FinalState, found: FinalState): string[] {
  const doubtful = new Set(found.accounts.filter((one) => one.doubtful).map(({ id }) => id))
  const told = (account: AccountState) => {
    const { review, doubtful: _, ...known } = account
    return JSON.stringify(doubtful.has(account.id) ? known : { ...known, review })
  }
  const before = new Map(calm.accounts.map((account) => [account.id, told(account)]))
  const changed = found.accounts.filter((account) => before.get(account.id) !== told(account))
  const parts = Object.keys(calm.rest).filter(
    (part) => JSON.stringify(calm.rest[part]) !== JSON.stringify(found.rest[part]),
  )
  return [
    ...changed.map((account) => `${told(account)} instead of ${before.get(account.id)}`),
    ...parts.map(
      (part) =>
        `${part}: ${JSON.stringify(found.rest[part])} instead of ${JSON.stringify(calm.rest[part])}`,
    ),
  ]
}
