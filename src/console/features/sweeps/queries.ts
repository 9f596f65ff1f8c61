import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { readIncident } from '../../../contract/overview.js'
import { readPlan, simulatePlan } from '../../../contract/sweep-plan.js'
import { readOutcomes, readResult } from '../../../contract/sweep-report.js'
import { type ActionView, readSweep, type SweepView } from '../../../contract/sweeps.js'
import { ask, type BodyOf, mail } from '../../api.js'

export type Sweep = z.output<typeof SweepView>
export type Action = z.output<typeof ActionView>
export type Plan = BodyOf<typeof readPlan>
export type Outcomes = BodyOf<typeof readOutcomes>

const ENDED = ['finished', 'aborted', 'failed']
export const isEnded = ({ status }: Pick<Sweep, 'status'>) => ENDED.includes(status)

/** Whoever follows a sweep is told when it changes; asking now and then shows that the way is open. */
const CHECK_MS = 5_000
const WATCH_MS = 2_000

export const sweepOf = (id: string) =>
  queryOptions({
    queryKey: ['sweep', id],
    queryFn: ({ signal }) => ask(readSweep, { params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isEnded(state.data) ? false : CHECK_MS),
  })

export const incidentOf = (id: string) =>
  queryOptions({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => ask(readIncident, { params: { id }, signal }),
  })

/** A plan never changes; what its accounts hold does. */
export const planOf = (id: string) =>
  queryOptions({
    queryKey: ['sweep', id, 'plan'],
    queryFn: ({ signal }) => ask(readPlan, { params: { id }, signal }),
    staleTime: 60_000,
  })

export const simulationOf = (id: string, thresholds: string) =>
  queryOptions({
    queryKey: ['sweep', id, 'simulation', thresholds],
    queryFn: ({ signal }) => ask(simulatePlan, { params: { id }, query: { thresholds }, signal }),
    enabled: thresholds !== '',
    placeholderData: keepPreviousData,
  })

export const outcomesOf = (id: string, isMoving: boolean) =>
  queryOptions({
    queryKey: ['sweep', id, 'outcomes'],
    queryFn: ({ signal }) => ask(readOutcomes, { params: { id }, signal }),
    refetchInterval: isMoving ? WATCH_MS : false,
  })

export const resultOf = (id: string) =>
  queryOptions({
    queryKey: ['sweep', id, 'result'],
    queryFn: ({ signal }) => ask(readResult, { params: { id }, signal }),
    refetchInterval: 30_000,
  })

export const mailNow = { ...mail, refetchInterval: WATCH_MS }
