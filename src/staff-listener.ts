import type { Express } from 'express'
import { type AuditRouteDeps, auditRoutes } from './audit/routes.js'
import { type CaseRouteDeps, caseRoutes } from './cases/routes.js'
import { type ExposureRouteDeps, exposureRoutes } from './exposures/routes.js'
import { type MailRouteDeps, mailRoutes } from './mail/routes.js'
import { createHttpApp } from './platform/http/app.js'
import { docsRoutes } from './platform/http/docs.js'
import { takeTurn } from './platform/http/rate-limit.js'
import { type Guard, mount } from './platform/http/route.js'
import { refuseCrossSite } from './platform/http/same-site.js'
import type { Log } from './platform/log.js'
import { readiness } from './public-listener.js'
import { type StaffDeps, staffRoutes } from './staff/routes.js'
import { authorise } from './staff/service.js'

export type StaffListenerDeps = StaffDeps &
  ExposureRouteDeps &
  CaseRouteDeps &
  MailRouteDeps &
  AuditRouteDeps & { log: Log }

/** What one caller may ask of the staff listener: enough for a console that polls, and for scripts. */
const PACE = { perSecond: 50, burst: 200 }

/** The staff listener: the API that people and their tools operate Cordon by. */
export function buildStaffApp(deps: StaffListenerDeps): Express {
  const guard: Guard = {
    authorise: (credentials, act) => authorise(deps, credentials, act),
    pace: (caller) => takeTurn(deps.db, caller, PACE),
  }
  return createHttpApp({ log: deps.log, readiness: () => readiness(deps.db) }, (app) => {
    app.use(refuseCrossSite(() => deps.origins().staff))
    app.use(mount(exposureRoutes, deps, guard))
    app.use(mount(caseRoutes, deps, guard))
    app.use(mount(mailRoutes, deps, guard))
    app.use(mount(auditRoutes, deps, guard))
    app.use(mount(staffRoutes, deps, guard))
    app.use(docsRoutes(deps.origins))
  })
}
