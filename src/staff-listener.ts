import type { Express } from 'express'
import { type CaseRouteDeps, caseRoutes } from './cases/routes.js'
import { endpointRoutes } from './events/routes.js'
import type { EndpointDeps } from './events/service.js'
import { type ExposureRouteDeps, exposureRoutes } from './exposures/routes.js'
import { type OperationDeps, operationRoutes } from './operations/routes.js'
import { createHttpApp } from './platform/http/app.js'
import { docsRoutes } from './platform/http/docs.js'
import { type Rate, takeTurn } from './platform/http/rate-limit.js'
import { type Guard, mount } from './platform/http/route.js'
import { refuseCrossSite } from './platform/http/same-site.js'
import type { Log } from './platform/log.js'
import { readiness } from './public-listener.js'
import { enrolmentRoutes } from './staff/enrolment/routes.js'
import { passkeyRoutes } from './staff/passkeys/routes.js'
import { type StaffDeps, staffRoutes } from './staff/routes.js'
import { authorise } from './staff/service.js'
import { type SweepRouteDeps, sweepRoutes } from './sweeps/routes.js'

export type StaffListenerDeps = StaffDeps &
  SweepRouteDeps &
  CaseRouteDeps &
  ExposureRouteDeps &
  EndpointDeps &
  OperationDeps & {
    log: Log
    /** What one caller may ask; `PACE` when left out. */
    pace?: Rate
  }

/** What one caller may ask of the staff listener: enough for a console that polls, and for scripts. */
const PACE = { perSecond: 50, burst: 200 }

/** The staff listener: the API that people and their tools operate Cordon by. */
export function buildStaffApp(deps: StaffListenerDeps): Express {
  const guard: Guard = {
    pace: (caller) => takeTurn(deps.db, caller, deps.pace ?? PACE),
    authorise: (credentials, act, fresh) => authorise(deps, credentials, act, fresh),
  }
  return createHttpApp({ ...deps, readiness: () => readiness(deps.db) }, (app) => {
    app.use(refuseCrossSite(() => deps.origins().staff))
    app.use(mount(exposureRoutes, deps, guard))
    app.use(mount(sweepRoutes, deps, guard))
    app.use(mount(caseRoutes, deps, guard))
    app.use(mount(staffRoutes, deps, guard))
    app.use(mount(endpointRoutes, deps, guard))
    app.use(mount(operationRoutes, deps, guard))
    app.use(mount(passkeyRoutes, deps, guard))
    app.use(mount(enrolmentRoutes, deps, guard))
    app.use(docsRoutes(deps.origins))
  })
}
