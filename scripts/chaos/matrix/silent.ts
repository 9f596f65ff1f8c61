import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs } from '../../../test/support/smtp-sink.js'
import { calmRun } from './calm.js'
import { withRecord } from './final-state.js'
import { judge, leftOf, letRun, request, statusOf, untilOver } from './ground.js'
import { type OwnGround, onPostgresOfItsOwn, POSTED, saysAway } from './own-postgres.js'
import { type Found, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'

const ACCOUNTS = 40
const SILENT_MS = 30_000
/** A caller hears within five seconds that the database is away; the rest is a busy machine. */
const TOLD_WITHIN_S = 7
/** A sender that hears nothing of the valve for two seconds sends no more (mail.md §4.3), plus one look. */
const LAST_DOT_MS = 2_500
/** Slow enough that there is mail left when the first has gone. */
const SINK = { dotDelayMs: 150 }

/** Until the sweep is where the database is to fall silent. */
const MOMENTS: Readonly<Record<string, (ground: OwnGround, sweepId: string) => Promise<void>>> = {
  'making the plan': async () => undefined,
  'running it': ({ app }, sweepId) =>
    until('a running sweep', async () => (await statusOf(app, sweepId)) !== 'planning'),
  'sending mail': ({ sink }) => until('a mail', () => sink.dots > 0),
}

export const silent: Scenario = {
  name: 'silent-postgres',
  fault: 'SIGSTOP of every process of Postgres for 30 s, while a plan is made, runs, and mails',
  proof: 'something was left to do, and the API said 503 meanwhile',
  holds: 'no mail leaves, callers hear 503 with Retry-After in time, and all goes on after SIGCONT',
  async play({ isShort }: Terms) {
    const moments = Object.keys(MOMENTS)
    const found: Found[] = []
    for (const moment of isShort ? moments.slice(-1) : moments)
      found.push(await silence(moment, isShort ? SILENT_MS / 3 : SILENT_MS))
    return together(found, found.map(({ note }) => note).join('; '))
  },
}

const silence = (moment: string, forMs: number): Promise<Found> =>
  onPostgresOfItsOwn({ accounts: ACCOUNTS, sink: SINK }, async (ground) => {
    const { app, postgres, sink } = ground
    const calm = await calmRun(ACCOUNTS, false)
    const sweepId = await request(app)
    const started = letRun(app, sweepId)
    await MOMENTS[moment]?.(ground, sweepId)
    const left = await leftOf(app, sweepId)
    await postgres.freeze()
    const frozenAtMs = monotonicMs()
    const answer = await ground.post(1)
    await pause(frozenAtMs + forMs - monotonicMs()) // the silence itself, not a wait for something
    const lastDotMs = sink.dots > 0 ? Math.round(sink.lastDotAtMs - frozenAtMs) : 0
    await postgres.thaw()
    await started
    await untilOver(app, sweepId)
    await until('an answer', async () => (await ground.post(1))?.status === 201)
    const wrong = await judge(ground, sweepId, withRecord(calm.state, POSTED))
    const seconds = answer?.seconds ?? forMs
    if (!saysAway(answer)) wrong.push(`the API answered ${answer?.status}`)
    if (seconds > TOLD_WITHIN_S) wrong.push(`the API answered after ${seconds} s`)
    if (lastDotMs > LAST_DOT_MS) wrong.push(`a mail left ${lastDotMs} ms after the silence began`)
    return {
      runs: 1,
      landed: left > 0 && saysAway(answer) ? 1 : 0,
      wrong: wrong.map((what) => `silent while ${moment}: ${what}`),
      note: `${moment}: told after ${seconds.toFixed(1)} s, last dot after ${Math.max(0, lastDotMs)} ms`,
    }
  })
