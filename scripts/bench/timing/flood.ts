import type { Line } from '../measure.js'

const PARALLEL = 200
const FLOOD_MS = 8_000
const QUIET_MS = 3_000
const PROBE_EVERY_MS = 15
const MOST_MS = 300

/** 200 logins at a time, against a process of its own, while another route is asked (bar L3). */
export async function shedding(url: string, key: string): Promise<Line[]> {
  const quiet = await flood({ url, key, parallel: 0, ms: QUIET_MS })
  const { p99, statuses } = await flood({ url, key, parallel: PARALLEL, ms: FLOOD_MS })
  const told = [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ')
  const isShed = [...statuses.keys()].every((status) => [200, 429, 503].includes(status))
  return [
    {
      what: 'another route during a flood of logins, p99',
      size: `${PARALLEL} logins at a time for ${FLOOD_MS / 1_000} s: ${told}`,
      value: p99,
      unit: 'ms',
      limit: { what: 'without the flood', value: quiet.p99 },
      budget: `< ${MOST_MS} ms, the rest shed`,
      met: p99 < MOST_MS && isShed && statuses.has(429),
      peakMiB: 0,
    },
  ]
}

type Flood = { url: string; key: string; parallel: number; ms: number }

async function flood({ url, key, parallel, ms }: Flood) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const statuses = new Map<number, number>()
  const waits: number[] = []
  const until = performance.now() + ms
  let no = 0
  const login = async () => {
    while (performance.now() < until) {
      no += 1
      const address = `flood${no}@timing.example`
      const body = JSON.stringify({ address, password: 'a wrong password, always' })
      const { status } = await drained(`${url}/v1/sign-in`, { method: 'POST', headers, body })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const probe = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now()
      await drained(`${url}/v1/accounts/timing-1/standing`, { headers })
      waits.push(performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS))
    }
  }
  await Promise.all([probe(), ...Array.from({ length: parallel }, login)])
  const sorted = waits.sort((a, b) => a - b)
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, statuses }
}

async function drained(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init)
  await answer.arrayBuffer()
  return answer
}
