import * as audit from './audit.js'
import * as cases from './cases.js'
import type { Endpoint } from './endpoint.js'
import * as incidents from './incidents.js'
import * as keys from './keys.js'
import * as attempts from './login-attempts.js'
import * as mail from './mail.js'
import * as session from './session.js'
import * as signIn from './sign-in.js'
import * as staff from './staff.js'
import * as standing from './standing.js'

/** The whole API, by the noun each call is about. */
export const CALLS: Readonly<Record<string, readonly Endpoint[]>> = {
  incidents: callsOf(incidents),
  cases: callsOf(cases),
  mail: callsOf(mail),
  audit: callsOf(audit),
  session: callsOf(session),
  staff: callsOf(staff),
  keys: callsOf(keys),
  'login attempts': callsOf(attempts),
  'sign-in': callsOf(signIn),
  standing: callsOf(standing),
}

function callsOf(noun: Record<string, unknown>): Endpoint[] {
  return Object.values(noun).filter(
    (each): each is Endpoint => typeof each === 'object' && each !== null && 'answers' in each,
  )
}
