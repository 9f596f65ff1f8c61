import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IncidentView } from './incidents.js'
import { IdPath, Time } from './shapes.js'
import { SWEEP_STATUSES } from './sweeps.js'

const Count = z.int().nonnegative()

/**
 * From the incident to its accounts, by all that was done in it: by sweeps, their watches, and the people
 * who decided cases. Each account once; `ordered` to `completed` are those of `readFunnel`.
 */
const Funnel = z.strictObject({
  exposed: Count,
  /** `null` until there is a plan. */
  matched: Count.nullable(),
  held: Count,
  ordered: Count,
  mailed: Count,
  opened: Count,
  completed: Count,
})

export const IncidentOverview = IncidentView.extend({
  funnel: Funnel,
  /** GDPR Article 33(1): 72 hours from becoming aware. `minutesLeft` is negative once they are over. */
  clocks: z.strictObject({ regulatorDeadlineAt: Time, minutesLeft: z.int() }),
  lists: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      format: z.string(),
      sha256: z.string(),
      entries: Count,
      accepted: Count,
      duplicates: Count,
      rejected: Count,
      createdAt: Time,
    }),
  ),
  sweeps: z.array(
    z.strictObject({
      id: z.string(),
      status: z.enum(SWEEP_STATUSES),
      requestedBy: z.string(),
      resets: Count.nullable(),
      createdAt: Time,
      startedAt: Time.nullable(),
      finishedAt: Time.nullable(),
    }),
  ),
})

export const readIncident = endpoint({
  method: 'get',
  path: '/v1/incidents/:id',
  summary: 'An incident at a glance: how far its accounts are, its clocks, lists and sweeps',
  allow: 'incident.read',
  params: IdPath,
  answers: { 200: IncidentOverview },
  refuses: ['incident_not_found'],
})

const Population = z.strictObject({ targets: Count, exposedTargets: Count })

export const readExploitation = endpoint({
  method: 'get',
  path: '/v1/incidents/:id/exploitation',
  summary: 'Whether the leak is being used, by whom and since when',
  allow: 'incident.read',
  params: IdPath,
  answers: {
    200: z.strictObject({
      /** People who log in, and how many of them are on the lists: what chance is measured by. */
      population: Population,
      firstAt: Time.nullable(),
      log10P: z.number().nullable(),
      sources: z.array(
        z.strictObject({
          ip: z.string(),
          targets: Count,
          exposedTargets: Count,
          attempts: Count,
          log10P: z.number(),
          says: z.string(),
          firstAt: Time.nullable(),
          lastAt: Time,
        }),
      ),
    }),
  },
  refuses: ['incident_not_found'],
})
