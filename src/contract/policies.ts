import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { Time } from './shapes.js'

export const listPolicies = endpoint({
  method: 'get',
  path: '/v1/policies',
  summary: 'The policies a plan can be asked for by name: the default one, and those used before',
  allow: 'sweep.read',
  answers: {
    200: z.strictObject({
      items: z.array(
        z.strictObject({
          /** What `POST /v1/incidents/:id/sweeps` takes as `policy`. */
          name: z.string(),
          isDefault: z.boolean(),
          /** When it was first used. */
          storedAt: Time.nullable(),
          tiers: z.array(
            z.strictObject({ name: z.string(), says: z.string(), effects: z.array(z.string()) }),
          ),
        }),
      ),
    }),
  },
})
