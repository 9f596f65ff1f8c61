import type { z } from 'zod'
import type { ProgressView } from '../../contract/sweeps.js'
import type { SweepStatus } from '../state.js'

/** One state change, as the audit record has it. */
export type Change = { id: string; kind: string; actor: string; at: Date; detail: Detail }
type Detail = { status?: unknown; reason?: unknown }

export type ProgressNow = z.input<typeof ProgressView>

/** Every kind of audit row that changes a sweep's state, and the state it leads to. */
export const LEADS_TO: Readonly<Record<string, SweepStatus>> = {
  'sweep.requested': 'planning',
  'sweep.planned': 'planned',
  'sweep.approved': 'planned', // one of several; its detail says when it was the last that was needed
  'sweep.started': 'running',
  'sweep.paused': 'paused',
  'sweep.resumed': 'running',
  'sweep.finished': 'finished',
  'sweep.aborted': 'aborted',
  'sweep.failed': 'failed',
}

export const HEARTBEAT = ': still here\n\n'

/** Only state changes carry an id: what `Last-Event-ID` resumes from can never skip one. */
export function changeEvent({ id, kind, actor, at, detail }: Change): string {
  const status = typeof detail.status === 'string' ? detail.status : LEADS_TO[kind]
  const reason = typeof detail.reason === 'string' && detail.reason !== '' ? detail.reason : null
  const said = JSON.stringify({ status, kind, actor, at: at.toISOString(), reason })
  return `id: ${id}\nevent: state\ndata: ${said}\n\n`
}

export const progressEvent = (progress: ProgressNow): string =>
  `event: progress\ndata: ${JSON.stringify(progress)}\n\n`

/** The id a client resumes from; 0, the beginning, when it names none that was given out. */
export const resumeFrom = (lastEventId: string | undefined): bigint =>
  /^\d{1,18}$/.test(lastEventId ?? '') ? BigInt(lastEventId ?? 0) : 0n
