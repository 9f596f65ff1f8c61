import { setTimeout as pause } from 'node:timers/promises'
import type { Express, RequestHandler } from 'express'
import { standingRoutes } from './accounts/routes.js'
import { signInAccount } from './contract/sign-in.js'
import { eventRoutes } from './events/routes.js'
import { webhookRoutes } from './logins/receiving/routes.js'
import type { Inbox } from './logins/receiving/service.js'
import { signInRoutes } from './logins/routes.js'
import type { Cipher } from './platform/cipher.js'
import { refuseOverload } from './platform/credentials/password.js'
import type { Db } from './platform/db.js'
import { createHttpApp } from './platform/http/app.js'
import { type Guard, mount } from './platform/http/route.js'
import type { Log } from './platform/log.js'
import type { Metrics } from './platform/metrics.js'
import type { Pulse } from './platform/pulse.js'
import { resetRoutes } from './resets/routes.js'
import type { ResetTerms } from './resets/service.js'
import { authorise } from './staff/service.js'

export type PublicDeps = {
  db: Db
  cipher: Cipher
  log: Log
  resetTerms: ResetTerms
  inbox: Inbox
  metrics?: Metrics
  trustedProxies?: readonly string[]
  /** The origin that security event tokens come from. */
  issuer: string
  /** Whether the database answers at all; without it everybody waits for it. */
  pulse?: Pulse
  /** Aborts before the listener closes, so that nobody's wait delays it. */
  stopping?: AbortSignal
  /** Aborts when others should be asked from now on. */
  draining?: AbortSignal
}

/** The public listener: login attempts, account standing, sign-in, reset pages, security events. */
export function buildPublicApp(deps: PublicDeps): Express {
  // Cookies mean nothing here: staff sign in on the other listener.
  const guard: Guard = {
    authorise: ({ authorization }, act, fresh) =>
      authorise(deps, { authorization, cookie: undefined }, act, fresh),
    pulse: deps.pulse,
  }
  return createHttpApp({ ...deps, readiness: () => readiness(deps) }, (app) => {
    app.use(mount(webhookRoutes, deps, guard))
    // A flood is shed while it is cheap: before the database is asked whose key this is.
    app.post(signInAccount.path, shedSignIns())
    app.use(mount(standingRoutes, deps, guard))
    app.use(mount(signInRoutes, deps, guard))
    app.use(mount(resetRoutes, deps, guard))
    app.use(mount(eventRoutes, deps, guard))
  })
}

const HELD_MS = 250
const MOST_HELD = 300

/** Who tries again without a pause is held for a moment: the next try comes no sooner than this. */
function shedSignIns(): RequestHandler {
  let held = 0
  return async (_req, _res, next) => {
    try {
      refuseOverload()
    } catch (refusal) {
      if (held >= MOST_HELD) throw refusal
      held += 1
      await pause(HELD_MS)
      held -= 1
      throw refusal
    }
    next()
  }
}

type ReadinessDeps = {
  db: Db
  pulse?: Pulse | undefined
  draining?: AbortSignal | undefined
}

export async function readiness({
  db,
  pulse,
  draining,
}: ReadinessDeps): Promise<Record<string, boolean>> {
  const accepting = draining?.aborted !== true
  if (pulse?.isAway()) return { database: false, accepting }
  let forget = () => {}
  const silence = new Promise<false>((resolve) => {
    if (pulse) forget = pulse.onAway(() => resolve(false))
  })
  const asked = db.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  )
  return { database: await Promise.race([asked, silence]).finally(forget), accepting }
}
