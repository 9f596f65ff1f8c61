import type pg from 'pg'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** One number of now: its labels must be few and known, never an id or an address. */
export type Reading = { name: string; help: string; values: readonly Value[] }
export type Value = { labels?: Readonly<Record<string, string>>; value: number }

export type Metrics = {
  /** Counts one answered request under its route's pattern. */
  answered(request: { route: string; status: number; seconds: number }): void
  /** Everything, in the text format of Prometheus. */
  read(readings: readonly Reading[]): Promise<{ type: string; text: string }>
}

/** Of answers; the budget of the watch and the webhook lies in the middle. */
const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.3, 1, 2, 5, 15]

/** The metrics of this process; `pool` shows how many connections it uses, and who waits for one. */
export function createMetrics(pool: pg.Pool): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'cordon_http_request_seconds',
    help: 'Answered requests by route and status',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })
  new Gauge({
    name: 'cordon_database_connections',
    help: 'Connections of this process: used, idle, and requests that wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'used' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'waiting' }, pool.waitingCount)
    },
  })
  return {
    answered: ({ route, status, seconds }) =>
      requests.observe({ route, status: String(status) }, seconds),
    read: async (readings) => ({
      type: registry.contentType,
      text: `${await registry.metrics()}\n${await written(readings)}`,
    }),
  }
}

/** What was read just now, in a registry of its own: nothing of an earlier reading stays. */
function written(readings: readonly Reading[]): Promise<string> {
  const registry = new Registry()
  for (const { name, help, values } of readings) {
    const labelNames = [...new Set(values.flatMap(({ labels = {} }) => Object.keys(labels)))]
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] })
    for (const { labels = {}, value } of values) gauge.set(labels, value)
  }
  return registry.metrics()
}
