import type { App } from '../../src/app.js'
import { startListeners } from '../../src/listeners.js'
import { addKey } from '../../src/staff/keys/service.js'
import type { Line } from './measure.js'
import { end, serveCordon } from './served.js'
import type { Gap } from './timing/compare.js'
import { shedding } from './timing/flood.js'
import { compareAccounts, compareStaff } from './timing/people.js'

const CONCURRENCY = 2
/** Above 4.5 a difference is hardly chance (Goodwill et al., TVLA); dudect warns from 5 on. */
const MOST_T = 4.5
const MOST_GAP = 0.01

/** Whether the time of an answer says who is known; and whether a flood of logins leaves room for others. */
export async function benchTiming(app: App, requests: number): Promise<Line[]> {
  const name = `timing-${Date.now()}`
  const { key } = await addKey(app, { role: 'platform', name, actor: 'bench' })
  const listeners = await startListeners(app)
  const place = { ...app, concurrency: CONCURRENCY, requests }
  const lines: Line[] = []
  try {
    const { staff, public: open } = listeners
    lines.push(...linesOf('accounts', await compareAccounts(place, open, key)))
    lines.push(...linesOf('staff', await compareStaff(place, staff, false)))
    lines.push(...linesOf('staff in their own network', await compareStaff(place, staff, true)))
  } finally {
    await listeners.close()
  }
  const server = await serveCordon(app, 'api')
  try {
    lines.push(...(await shedding(server.url, key)))
  } finally {
    await end(server, 'SIGTERM')
  }
  return lines
}

function linesOf(who: string, gap: Gap): Line[] {
  const { requests, t, tCropped, knownMs, unknownMs, medianGap } = gap
  const size = `${requests.toLocaleString('en-US')} wrong passwords, medians ${knownMs.toFixed(2)} and ${unknownMs.toFixed(2)} ms`
  const line = { size, peakMiB: 0 }
  const worst = Math.max(Math.abs(t), Math.abs(tCropped))
  return [
    {
      ...line,
      what: `known and unknown ${who}: Welch’s |t| (all ${t.toFixed(2)}, cropped ${tCropped.toFixed(2)})`,
      value: worst,
      unit: '',
      budget: `< ${MOST_T}`,
      met: worst < MOST_T,
    },
    {
      ...line,
      what: `known and unknown ${who}: gap of the medians`,
      value: medianGap * 100,
      unit: '%',
      budget: `< ${MOST_GAP * 100} %`,
      met: medianGap < MOST_GAP,
    },
  ]
}
