import { forgetSessions } from './accounts/service.js'
import { keepHouse } from './logins/retention/service.js'
import type { Db } from './platform/db.js'
import { forgetOldKeys } from './platform/http/idempotency.js'
import { forgetCallers } from './platform/http/rate-limit.js'
import { forgetChallenges } from './staff/passkeys/service.js'
import { forgetOldSessions } from './staff/sessions/service.js'

/** So much of one kind in one statement, so that nobody waits for it. */
const AT_ONCE = 50_000

/** Forgets what nobody can use any more. True when there may be more of it; then it is asked again at once. */
export async function forgetOld(deps: { db: Db }, atOnce = AT_ONCE): Promise<boolean> {
  const { db } = deps
  await keepHouse(deps)
  await forgetOldKeys(db)
  await forgetChallenges(db)
  const forgotten = [
    await forgetSessions(db, atOnce),
    await forgetOldSessions(db, atOnce),
    await forgetCallers(db, atOnce),
  ]
  return forgotten.some((count) => count >= atOnce)
}
