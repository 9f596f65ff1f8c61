import type { StoredEvent } from './chain.js'

/** As stored, with the time in whole milliseconds, as all times over HTTP are. */
export const eventView = ({ id, at, actor, kind, subject, detail }: StoredEvent) => ({
  id,
  at: new Date(at).toISOString(),
  actor,
  kind,
  subject,
  detail: detail as Record<string, string | number | boolean | string[] | null>,
})
