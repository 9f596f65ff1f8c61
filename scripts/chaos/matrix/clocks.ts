import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorker } from '../worker.js'
import { calmRun } from './calm.js'
import { type Ground, judge, letRun, openGround, request, untilOver } from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'

const ACCOUNTS = 8
/** Debian's `faketime`: it answers for the clock in front of the system's own. */
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const HOUR_S = 3_600

type Clock = { name: string; offsetS: number; thenS?: number }

const CLOCKS: readonly Clock[] = [
  { name: 'a day ahead', offsetS: 24 * HOUR_S },
  { name: 'a day behind', offsetS: -24 * HOUR_S },
  { name: 'an hour ahead', offsetS: HOUR_S },
  { name: 'an hour behind', offsetS: -HOUR_S },
  { name: 'an hour ahead, then set back two hours', offsetS: HOUR_S, thenS: -HOUR_S },
]

export const clocks: Scenario = {
  name: 'clocks',
  fault: 'a worker whose clock is an hour or a day wrong, or is set back while it works',
  proof: 'the mails it wrote are dated by that clock',
  holds:
    'the final state is that of an undisturbed run, and every token lives 24 h of the database',
  async play({ isShort }: Terms) {
    if (!existsSync(LIBRARY)) return { skipped: 'faketime is not installed' }
    const chosen = isShort ? CLOCKS.slice(-1) : CLOCKS
    return together(
      await inLanes(
        chosen.map((clock) => () => wrongClock(clock, isShort)),
        2,
      ),
    )
  },
}

async function wrongClock({ name, offsetS, thenS }: Clock, isShort: boolean): Promise<Found> {
  const calm = await calmRun(ACCOUNTS, isShort)
  const ground = await openGround({ accounts: ACCOUNTS })
  const folder = mkdtempSync(join(tmpdir(), 'cordon-clock-'))
  const file = join(folder, 'clock')
  const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`)
  set(offsetS)
  const worker = await startWorker({
    ...ground.env,
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
  try {
    const sweepId = await request(ground.app)
    if (thenS !== undefined) set(thenS)
    await letRun(ground.app, sweepId)
    await untilOver(ground.app, sweepId)
    const wrong = await judge(ground, sweepId, calm.state)
    wrong.push(...(await wrongLifetimes(ground)))
    return {
      runs: 1,
      landed: isDatedBy(ground, thenS ?? offsetS) ? 1 : 0,
      wrong: wrong.map((what) => `${name}: ${what}`),
    }
  } finally {
    await worker.kill()
    await ground.close()
    rmSync(folder, { recursive: true })
  }
}

const NEAR_MS = 300_000

/** Whether every mail says so in its `Date:`. */
function isDatedBy({ sink }: Ground, offsetS: number): boolean {
  const dates = sink.messages.map(({ data }) => Date.parse(/^Date: (.*)$/im.exec(data)?.[1] ?? ''))
  const shown = Date.now() + offsetS * 1_000
  return dates.length > 0 && dates.every((date) => Math.abs(date - shown) < NEAR_MS)
}

/** I18: lifetimes are the database's. */
async function wrongLifetimes({ app }: Ground): Promise<string[]> {
  const [row] = await app.db.$queryRaw<[{ tokens: number; wrong: number }]>`
    SELECT count(*)::int AS tokens, count(*) FILTER (WHERE token_expires_at
      NOT BETWEEN now() + interval '23 hours 50 minutes' AND now() + interval '24 hours')::int AS wrong
    FROM reset WHERE token_hash IS NOT NULL`
  if (row.tokens === 0) return ['no token was made']
  return row.wrong > 0 ? [`${row.wrong} of ${row.tokens} tokens live by another clock`] : []
}
