import type { Express } from 'express'
import { type ImportRouteDeps, importRoutes } from './accounts/import/routes.js'
import { type AuditRouteDeps, auditRoutes } from './audit/routes.js'
import { type CaseRouteDeps, caseRoutes } from './cases/routes.js'
import { endpointRoutes } from './events/routes.js'
import type { EndpointDeps } from './events/service.js'
import { type ExposureRouteDeps, exposureRoutes } from './exposures/routes.js'
import { type MailRouteDeps, mailRoutes } from './mail/routes.js'
import { type OperationDeps, operationRoutes } from './operations/routes.js'
import { createHttpApp } from './platform/http/app.js'
import { docsRoutes } from './platform/http/docs.js'
import { type Rate, takeTurn } from './platform/http/rate-limit.js'
import { type Guard, mount, type Route } from './platform/http/route.js'
import { refuseCrossSite } from './platform/http/same-site.js'
import { sitePages } from './platform/http/site.js'
import type { Log } from './platform/log.js'
import type { Pulse } from './platform/pulse.js'
import { readiness } from './public-listener.js'
import { enrolmentRoutes } from './staff/enrolment/routes.js'
import { passkeyRoutes } from './staff/passkeys/routes.js'
import { type StaffDeps, staffRoutes } from './staff/routes.js'
import { authorise } from './staff/service.js'
import { type AccountRouteDeps, accountRoutes } from './sweeps/accounts/routes.js'
import { type FollowingRouteDeps, followingRoutes } from './sweeps/following/routes.js'
import { type OverviewRouteDeps, overviewRoutes } from './sweeps/overview/routes.js'
import { policyRoutes } from './sweeps/policies/routes.js'
import { type ReportRouteDeps, reportRoutes } from './sweeps/report/routes.js'
import { type ReviewingRouteDeps, reviewingRoutes } from './sweeps/reviewing/routes.js'
import { type SweepRouteDeps, sweepRoutes } from './sweeps/routes.js'

export type StaffListenerDeps = StaffDeps &
  ExposureRouteDeps &
  ImportRouteDeps &
  AccountRouteDeps &
  OverviewRouteDeps &
  SweepRouteDeps &
  FollowingRouteDeps &
  ReportRouteDeps &
  ReviewingRouteDeps &
  CaseRouteDeps &
  MailRouteDeps &
  AuditRouteDeps &
  EndpointDeps &
  OperationDeps & {
    log: Log
    trustedProxies?: readonly string[]
    /** Aborts when others should be asked from now on. */
    draining?: AbortSignal
    /** The built console; none is served when left out. */
    consoleFolder?: string
    /** Whether the database answers at all; without it everybody waits for it. */
    pulse?: Pulse
    /** What one caller may ask; `PACE` when left out. */
    pace?: Rate
  }

/** One list, because calls of several capabilities share a path. */
const ROUTES: readonly Route<StaffListenerDeps>[] = [
  ...exposureRoutes,
  ...importRoutes,
  ...accountRoutes,
  ...overviewRoutes,
  ...policyRoutes,
  ...sweepRoutes,
  ...followingRoutes,
  ...reportRoutes,
  ...reviewingRoutes,
  ...caseRoutes,
  ...mailRoutes,
  ...auditRoutes,
  ...passkeyRoutes,
  ...staffRoutes,
  ...enrolmentRoutes,
  ...endpointRoutes,
  ...operationRoutes,
]

/** What one caller may ask of the staff listener: enough for a console that polls, and for scripts. */
const PACE = { perSecond: 50, burst: 200 }

/** The staff listener: the API that people and their tools operate Cordon by, and the console. */
export function buildStaffApp(deps: StaffListenerDeps): Express {
  const guard: Guard = {
    authorise: (credentials, act, fresh) => authorise(deps, credentials, act, fresh),
    pace: (caller) => takeTurn(deps.db, caller, deps.pace ?? PACE),
    pulse: deps.pulse,
  }
  return createHttpApp({ ...deps, readiness: () => readiness(deps) }, (app) => {
    app.use(refuseCrossSite(() => deps.origins().staff))
    app.use(mount(ROUTES, deps, guard))
    app.use(docsRoutes(deps.origins))
    if (deps.consoleFolder) app.use(sitePages(deps.consoleFolder))
  })
}
