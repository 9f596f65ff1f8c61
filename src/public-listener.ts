import type { Express } from 'express'
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
  /** Aborts before the listener closes, so that nobody's wait delays it. */
  stopping?: AbortSignal
}

/** The public listener: login attempts, account standing, sign-in, reset pages, security events. */
export function buildPublicApp(deps: PublicDeps): Express {
  // Cookies mean nothing here: staff sign in on the other listener.
  const guard: Guard = {
    authorise: ({ authorization }, act, fresh) =>
      authorise(deps, { authorization, cookie: undefined }, act, fresh),
  }
  return createHttpApp({ ...deps, readiness: () => readiness(deps.db) }, (app) => {
    app.use(mount(webhookRoutes, deps, guard))
    // A flood is shed while it is cheap: before the database is asked whose key this is.
    app.post(signInAccount.path, (_req, _res, next) => {
      refuseOverload()
      next()
    })
    app.use(mount(standingRoutes, deps, guard))
    app.use(mount(signInRoutes, deps, guard))
    app.use(mount(resetRoutes, deps, guard))
    app.use(mount(eventRoutes, deps, guard))
  })
}

export async function readiness(db: Db): Promise<Record<string, boolean>> {
  const database = await db.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  )
  return { database }
}
