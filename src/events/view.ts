import type { DeliveryRow, EndpointRow } from './store.js'

const iso = (at: Date | null) => at?.toISOString() ?? null

export const endpointView = (row: EndpointRow) => ({
  id: row.id,
  format: row.format,
  url: row.url,
  audience: row.audience,
  types: row.types,
  liveSecrets: row.liveSecrets,
  pending: row.pending,
  dead: row.dead,
  createdAt: row.createdAt.toISOString(),
  disabledAt: iso(row.disabledAt),
  disabledBecause: row.disabledBecause,
})

export const deliveryView = (row: DeliveryRow) => ({
  id: row.id,
  endpoint: row.endpoint,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  answer: row.answer,
  reason: row.reason,
  createdAt: row.createdAt.toISOString(),
  dueAt: iso(row.dueAt),
  settledAt: iso(row.settledAt),
})
