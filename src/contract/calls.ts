import * as accounts from './accounts.js'
import * as audit from './audit.js'
import * as cases from './cases.js'
import type { Endpoint } from './endpoint.js'
import * as events from './events.js'
import * as incidents from './incidents.js'
import * as keys from './keys.js'
import * as attempts from './login-attempts.js'
import * as mail from './mail.js'
import * as operations from './operations.js'
import * as overview from './overview.js'
import * as passkeys from './passkeys.js'
import * as policies from './policies.js'
import * as session from './session.js'
import * as signIn from './sign-in.js'
import * as staff from './staff.js'
import * as standing from './standing.js'
import * as sweepEvents from './sweep-events.js'
import * as sweepPlan from './sweep-plan.js'
import * as sweepReport from './sweep-report.js'
import * as sweeps from './sweeps.js'

/** The whole API, by the noun each call is about. */
export const CALLS: Readonly<Record<string, readonly Endpoint[]>> = {
  incidents: [...callsOf(incidents), ...callsOf(overview)],
  accounts: callsOf(accounts),
  sweeps: [
    ...callsOf(sweeps),
    ...callsOf(sweepPlan),
    ...callsOf(policies),
    ...callsOf(sweepEvents),
    ...callsOf(sweepReport),
  ],
  cases: callsOf(cases),
  mail: callsOf(mail),
  audit: callsOf(audit),
  session: callsOf(session),
  passkeys: callsOf(passkeys),
  staff: callsOf(staff),
  keys: callsOf(keys),
  events: callsOf(events),
  'login attempts': callsOf(attempts),
  'sign-in': callsOf(signIn),
  standing: callsOf(standing),
  operations: callsOf(operations),
}

function callsOf(noun: Record<string, unknown>): Endpoint[] {
  return Object.values(noun).filter(
    (each): each is Endpoint => typeof each === 'object' && each !== null && 'answers' in each,
  )
}
