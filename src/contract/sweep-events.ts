import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath } from './shapes.js'

export const followSweep = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/events',
  summary: 'Follow a sweep as server-sent events: state changes (resumable) and progress',
  allow: 'sweep.read',
  params: IdPath,
  gives: ['text/event-stream'],
  answers: { 200: z.undefined() },
  refuses: ['sweep_not_found'],
})
