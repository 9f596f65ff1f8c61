import type { Db } from '../../src/platform/db.js'
import { type Ask, attemptOf } from './balancer.js'

const TICK_MS = 10
/** One in so many requests reads; the others bring login attempts. */
const READ_SHARE = 4

/** What became of every request; times in milliseconds. */
export type Answered = {
  sent: number
  /** By status; what broke off is under its error code. */
  answers: Record<string, number>
  acknowledged: number
  /** Acknowledged attempts that are not stored. */
  missing: number
  p50: number
  p99: number
  slowest: number
}

const GOOD = [200, 202, 404]

/** Whether every request has its answer, or one of `others`, and what was acknowledged is stored. */
export function isAllAnswered(
  { answers, missing, sent }: Answered,
  others: readonly number[] = [],
): boolean {
  const good = [...GOOD, ...others].reduce((sum, status) => sum + (answers[status] ?? 0), 0)
  return good === sent && missing === 0
}

type LoadOptions = { secret: string; key: string; perSecond: number }

/** Sends at its own pace, whether answers come or not. */
export function openLoad(
  send: (ask: Ask) => Promise<number>,
  { secret, key, perSecond }: LoadOptions,
) {
  const waits: number[] = []
  const answers: Record<string, number> = {}
  const acknowledged: string[] = []
  const open = new Set<Promise<void>>()
  const startedAt = performance.now()
  let sent = 0
  const read: Ask = {
    listener: 'public',
    method: 'GET',
    path: '/v1/accounts/ann/standing',
    headers: { authorization: `Bearer ${key}` },
  }
  const one = async (no: number) => {
    const id = `restart-${Math.round(startedAt)}-${no}`
    const isRead = no % READ_SHARE === 0
    const from = performance.now()
    const answer = await send(isRead ? read : attemptOf(id, secret)).catch(
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    )
    waits.push(performance.now() - from)
    answers[answer] = (answers[answer] ?? 0) + 1
    if (answer === 202) acknowledged.push(id)
  }
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond)
    for (; sent < due; sent += 1) {
      const asking: Promise<void> = one(sent).finally(() => open.delete(asking))
      open.add(asking)
    }
  }, TICK_MS)
  return {
    async end(db: Db): Promise<Answered> {
      clearInterval(timer)
      await Promise.all(open)
      const [{ stored } = { stored: 0 }] = await db.$queryRaw<{ stored: number }[]>`
        SELECT count(*)::int AS stored FROM attempt WHERE id = ANY(${acknowledged})`
      const sorted = waits.toSorted((a, b) => a - b)
      const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
      return {
        sent,
        answers,
        acknowledged: acknowledged.length,
        missing: acknowledged.length - stored,
        p50: at(0.5),
        p99: at(0.99),
        slowest: Math.round(sorted.at(-1) ?? 0),
      }
    },
  }
}
