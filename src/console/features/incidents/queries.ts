import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { listAudit } from '../../../contract/audit.js'
import {
  type IncidentView,
  listBatches,
  listIncidents,
  listRejections,
} from '../../../contract/incidents.js'
import { readFunnel } from '../../../contract/mail.js'
import {
  type IncidentOverview,
  readExploitation,
  readIncident,
} from '../../../contract/overview.js'
import { listPolicies } from '../../../contract/policies.js'
import { ask, askVersion } from '../../api.js'

export type Incident = z.output<typeof IncidentView>
export type Overview = z.output<typeof IncidentOverview>

/** Incidents, the newest first, page after page. */
export const incidents = infiniteQueryOptions({
  queryKey: ['incidents'],
  queryFn: ({ pageParam, signal }) =>
    ask(listIncidents, { query: pageParam ? { cursor: pageParam } : {}, signal }),
  initialPageParam: '',
  getNextPageParam: ({ next }) => next,
})

const keyOf = (id: string, part: string) => ['incident', id, part]

/** An incident at a glance, with the version that was read; its numbers move, so it is asked again. */
export const overviewOf = (id: string) =>
  queryOptions({
    queryKey: keyOf(id, 'overview'),
    queryFn: ({ signal }) => askVersion(readIncident, { params: { id }, signal }),
    refetchInterval: 10_000,
  })

const MINUTE = 60_000

export const exploitationOf = (id: string) =>
  queryOptions({
    queryKey: keyOf(id, 'exploitation'),
    queryFn: ({ signal }) => ask(readExploitation, { params: { id }, signal }),
    refetchInterval: MINUTE,
  })

export const batchesOf = (id: string) =>
  queryOptions({
    queryKey: keyOf(id, 'batches'),
    queryFn: ({ signal }) => ask(listBatches, { params: { id }, signal }),
    staleTime: MINUTE,
  })

export const reactionsOf = (id: string) =>
  queryOptions({
    queryKey: keyOf(id, 'reactions'),
    queryFn: ({ signal }) => ask(readFunnel, { params: { id }, signal }),
    refetchInterval: MINUTE,
  })

export const historyOf = (id: string) =>
  queryOptions({
    queryKey: keyOf(id, 'history'),
    queryFn: ({ signal }) =>
      ask(listAudit, { query: { subject: `incident:${id}`, take: 100 }, signal }),
  })

export const refusedLinesOf = (listId: string) =>
  infiniteQueryOptions({
    queryKey: ['refused lines', listId],
    queryFn: ({ pageParam, signal }) =>
      ask(listRejections, {
        params: { id: listId },
        query: { take: 50, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  })

export const policies = queryOptions({
  queryKey: ['policies'],
  queryFn: ({ signal }) => ask(listPolicies, { signal }),
})
