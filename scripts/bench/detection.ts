import { importAccounts } from '../../src/accounts/import/service.js'
import type { App } from '../../src/app.js'
import { importAttempts } from '../../src/logins/receiving/service.js'
import { HOSTILE_KINDS } from '../../src/logins/signal.js'
import type { Line } from './measure.js'
import { LEARNING_DAYS } from './month/attacks.js'
import { ATTACK_KINDS, DAY, type Label, type MonthAttempt } from './month/label.js'
import { inventMonth, type Month } from './month/month.js'
import { MONTH_DAYS } from './month/people.js'

const ACCOUNTS = 20_000
const SEED = 20_191_101
const RECALL = 0.95
const FALSE_ALARMS = 1

/** Imports a labelled month the way any history is imported, and scores what was found in it. */
export async function benchDetection(app: App): Promise<Line[]> {
  const month = inventMonth({ accounts: ACCOUNTS, seed: SEED, now: app.now() })
  const rows = Array.from({ length: month.accounts }, (_, no) => ({
    id: `p-${no}`,
    address: `person${no}@mail.example`,
  }))
  const context = { actor: 'bench', source: 'month' }
  const deps = { ...app, hashPassword: async (password: string) => password }
  await importAccounts(deps, numbered(rows), context)
  const startedAt = performance.now()
  await importAttempts({ db: app.db, lookUp: await app.places() }, numbered(jsonOf(month)), context)
  const seconds = (performance.now() - startedAt) / 1_000
  return [...(await score(app, month)), speed(month, seconds)]
}

function* jsonOf({ attempts }: Month): Generator<object> {
  for (const [no, { account, at, ip, succeeded, userAgent, device }] of attempts.entries()) {
    yield {
      id: String(no),
      account: { id: `p-${account}` },
      at: new Date(at).toISOString(),
      ip,
      outcome: succeeded ? 'success' : 'failure',
      userAgent,
      ...(device && { device }),
    }
  }
}

async function* numbered(rows: Iterable<unknown>) {
  let index = 0
  for (const json of rows) {
    index += 1
    yield { index, json }
  }
}

type Labelled = MonthAttempt & { label: Label }
const isLabelled = (attempt: MonthAttempt): attempt is Labelled => attempt.label !== undefined

async function score(app: App, month: Month): Promise<Line[]> {
  const { attempts } = month
  const rows = await app.db.$queryRaw<{ id: string }[]>`SELECT id FROM attempt WHERE hostile`
  const hostile = new Set(rows.map(({ id }) => Number(id)))
  const attacks = attempts.flatMap((attempt, no) =>
    isLabelled(attempt) ? [{ ...attempt, no }] : [],
  )
  const lines = ATTACK_KINDS.map((kind) => {
    const easy = attacks.filter(({ label }) => label.kind === kind && !label.isHard)
    return recallLine(kind, easy, hostile)
  })
  const hard = attacks.filter(({ label }) => label.isHard)
  lines.push({
    ...recallLine('from inside an office (not in the targets)', hard, hostile),
    met: null,
  })
  lines.push(
    takeoverLine(
      attacks.filter(({ label }) => label.isTakeover && !label.isHard),
      hostile,
    ),
  )
  lines.push(...falseAlarmLines(month, hostile))
  return [...lines, ...(await precisionLines(app, attacks, new Date(month.learnedAt)))]
}

type Attack = Labelled & { no: number }

/** An attacked account is found when one attempt on it is: that is what protects it. */
function recallLine(kind: string, attacks: readonly Attack[], hostile: ReadonlySet<number>): Line {
  const targets = new Set(attacks.map(({ account, label }) => `${label.campaign} ${account}`))
  const found = new Set(
    attacks.flatMap(({ account, label, no }) =>
      hostile.has(no) ? [`${label.campaign} ${account}`] : [],
    ),
  )
  const campaigns = new Set(attacks.map(({ label }) => label.campaign)).size
  const value = found.size / Math.max(1, targets.size)
  return {
    what: `recall: ${kind.replaceAll('_', ' ')}`,
    size: `${campaigns} campaigns, ${targets.size.toLocaleString('en-US')} accounts attacked`,
    value,
    unit: '',
    budget: `≥ ${RECALL}`,
    met: value >= RECALL,
    peakMiB: 0,
  }
}

function takeoverLine(takeovers: readonly Attack[], hostile: ReadonlySet<number>): Line {
  const found = takeovers.filter(({ no }) => hostile.has(no)).length
  const value = found / Math.max(1, takeovers.length)
  return {
    what: 'recall: accounts taken over',
    size: `${takeovers.length} hostile logins that worked`,
    value,
    unit: '',
    budget: `≥ ${RECALL}`,
    met: value >= RECALL,
    peakMiB: 0,
  }
}

/** Innocent people with an attempt of theirs taken for hostile, per day; apart while it still learns. */
function falseAlarmLines(month: Month, hostile: ReadonlySet<number>): Line[] {
  const blamed = { learning: new Set<string>(), learned: new Set<string>() }
  for (const [no, { account, at, label }] of month.attempts.entries()) {
    if (label || !hostile.has(no)) continue
    blamed[at < month.learnedAt ? 'learning' : 'learned'].add(`${account} ${Math.floor(at / DAY)}`)
  }
  const line = (what: string, found: number, days: number): Line => {
    const value = (found / (month.accounts * days)) * 10_000
    return {
      what,
      size: `${found} innocent account-days of ${(month.accounts * days).toLocaleString('en-US')}`,
      value,
      unit: 'per 10,000 accounts and day',
      budget: `≤ ${FALSE_ALARMS}`,
      met: value <= FALSE_ALARMS,
      peakMiB: 0,
    }
  }
  const learned = MONTH_DAYS - LEARNING_DAYS
  const early = line(
    'false alarms without history (first 15 days)',
    blamed.learning.size,
    LEARNING_DAYS,
  )
  return [
    line('false alarms', blamed.learned.size, learned),
    { ...early, budget: 'printed', met: null },
  ]
}

/** Of the signals of each kind, once the platform has learned, those that cover an attempt of an attacker. */
async function precisionLines(app: App, attacks: readonly Attack[], since: Date): Promise<Line[]> {
  const ids = attacks.map(({ no }) => String(no))
  const rows = await app.db.$queryRaw<{ kind: string; signals: number; right: number }[]>`
    SELECT s.kind, count(*)::int AS signals, (count(*) FILTER (WHERE EXISTS (
             SELECT FROM attempt t WHERE t.id = ANY(${ids}::text[]) AND t.at BETWEEN s.first_at AND s.last_at
               AND (s.account_no IS NULL OR t.account_no = s.account_no) AND (s.ip IS NULL OR t.ip <<= s.ip)
               AND (s.asn IS NULL OR t.asn = s.asn))))::int AS right
    FROM signal s WHERE s.first_at >= ${since} GROUP BY s.kind`
  return HOSTILE_KINDS.flatMap((kind) => {
    const found = rows.find((row) => row.kind === kind)
    if (!found) return []
    return [
      {
        what: `precision: ${kind.replaceAll('_', ' ')}`,
        size: `${found.signals.toLocaleString('en-US')} signals`,
        value: found.right / found.signals,
        unit: '',
        budget: 'printed',
        met: null,
        peakMiB: 0,
      },
    ]
  })
}

const speed = ({ attempts }: Month, seconds: number): Line => ({
  what: 'history imported and classified',
  size: `${attempts.length.toLocaleString('en-US')} attempts`,
  value: attempts.length / seconds,
  unit: 'attempts/s',
  budget: 'printed',
  met: null,
  peakMiB: 0,
})
