import type { z } from 'zod'
import type { IncidentView } from '../contract/incidents.js'
import { describeRejection } from './describe.js'
import type { RejectionReason } from './entry.js'
import type { Incident, ListSummary } from './service.js'
import type { Rejection } from './store.js'
import type { Together } from './together/service.js'

export const incidentView = (incident: Incident): z.input<typeof IncidentView> => ({
  id: incident.id,
  title: incident.title,
  kind: incident.kind,
  status: incident.status as 'open' | 'closed',
  occurredAt: incident.occurredAt.toISOString(),
  detectedAt: incident.detectedAt.toISOString(),
  summary: incident.summary,
  version: incident.version,
  createdAt: incident.createdAt.toISOString(),
})

export const listView = (list: ListSummary, matched: { matched: number; unmatched: number }) => ({
  id: list.id,
  sha256: list.sha256,
  name: list.name,
  format: list.format,
  entries: list.entries,
  accepted: list.accepted,
  duplicates: list.duplicates,
  rejected: list.rejected,
  ...matched,
})

const MAIL_FORMATS = ['eml', 'mbox']

export const batchView = ({ format, at, ...batch }: Together['largest'][number]) => ({
  ...batch,
  kind: MAIL_FORMATS.includes(format) ? ('mail' as const) : ('list' as const),
  at: at?.toISOString() ?? null,
})

export const rejectionView = ({ line, raw, reason }: Rejection) => ({
  line,
  raw,
  reason,
  says: describeRejection(reason as RejectionReason),
})
