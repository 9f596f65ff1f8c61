import { standingOf } from '../../accounts/service.js'
import type { StandingView } from '../../accounts/standing.js'
import { eventsAbout, record, type SubjectEvent } from '../../audit/service.js'
import { type SeenSignal, signalsOf } from '../../logins/service.js'
import type { Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { parseAddress } from '../../values/address.js'
import { matchKey } from '../../values/alias.js'
import * as store from './store.js'

export type SeenAccount = {
  account: store.FoundAccount
  standing: StandingView
  hostile: store.Hostile
  signals: SeenSignal[]
  exposure: store.Exposure[]
  history: SubjectEvent[]
}

const SHOWN_EVENTS = 200

/** Everything Cordon knows about one account. Looking is recorded. Refuses with `account_not_found`. */
export async function lookAt(tx: Tx, id: string, actor: string): Promise<SeenAccount> {
  const [account] = await store.accountsBy(tx, { id, matchKey: null, address: null })
  if (!account) throw new Refusal('account_not_found', 'No account has this id.')
  return see(tx, account, { actor, by: 'id' })
}

/** The same of every account of an address. What is no address is nobody's. */
export async function lookUp(tx: Tx, typed: string, actor: string): Promise<SeenAccount[]> {
  const parsed = parseAddress(typed)
  if ('rejected' in parsed) {
    throw new Refusal('input_invalid', `This is no usable address (${parsed.rejected}).`)
  }
  const { address } = parsed
  const found = await store.accountsBy(tx, { id: null, matchKey: matchKey(address), address })
  const seen: SeenAccount[] = []
  for (const account of found) seen.push(await see(tx, account, { actor, by: 'address' }))
  return seen
}

async function see(
  tx: Tx,
  account: store.FoundAccount,
  look: { actor: string; by: 'id' | 'address' },
): Promise<SeenAccount> {
  const subject = `account:${account.id}`
  const seen = {
    account,
    standing: await standingOf(tx, account.id),
    hostile: await store.hostileOn(tx, account.no),
    signals: await signalsOf(tx, account.no),
    exposure: await store.exposuresOf(tx, account.no),
    history: await eventsAbout(tx, subject, SHOWN_EVENTS),
  }
  const detail = { class: 'sensitive_read', by: look.by }
  await record(tx, { kind: 'account.viewed', actor: look.actor, subject, detail })
  return seen
}
