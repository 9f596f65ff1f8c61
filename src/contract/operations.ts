import { z } from 'zod'
import { endpoint } from './endpoint.js'

export const readMetrics = endpoint({
  method: 'get',
  path: '/metrics',
  summary: 'Numbers of now, for Prometheus',
  allow: 'metrics.read',
  gives: ['text/plain'],
  answers: { 200: z.undefined() },
})
