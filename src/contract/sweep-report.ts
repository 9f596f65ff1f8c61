import { z } from 'zod'
import { endpoint } from './endpoint.js'
import { IdPath } from './shapes.js'

export const readReport = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/report',
  summary: 'What a sweep did and whether its numbers add up; Accept says JSON or HTML',
  allow: 'sweep.read',
  params: IdPath,
  gives: ['application/json', 'text/html'],
  answers: { 200: z.undefined() },
  refuses: ['sweep_not_found'],
})

export const exportReport = endpoint({
  method: 'get',
  path: '/v1/sweeps/:id/report.csv',
  summary: 'The report per account as CSV: ids, never addresses',
  allow: 'sweep.export',
  params: IdPath,
  gives: ['text/csv'],
  answers: { 200: z.undefined() },
  refuses: ['sweep_not_found'],
})
