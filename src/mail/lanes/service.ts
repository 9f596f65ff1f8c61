import { readFile } from 'node:fs/promises'
import { record } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { misconfigured } from '../../platform/misconfigured.js'
import type { MxAnswer, MxLookUp } from '../../platform/mx.js'
import { adapt, type LaneState, type Seen } from './adapt.js'
import { limitsOf, parseShaping, SHAPING, type Shaping } from './shaping.js'
import { sortDomain } from './sort.js'
import * as store from './store.js'

/**
 * The table of providers with what the file at `path` changes in it; without a path the built-in
 * one. Refuses with `configuration_invalid` when the file cannot be read or used.
 */
export async function openShaping(path: string | undefined): Promise<Shaping> {
  if (path === undefined) return SHAPING
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw misconfigured([{ path: 'MAIL_SHAPING', message: `${path} cannot be read` }], cause)
  })
  return parseShaping(text)
}

export type SortDeps = {
  db: Db
  /** The built-in table when left out. */
  shaping?: Shaping
  /** Asks for MX records; without it nobody is asked, and the table alone decides. */
  mx?: MxLookUp | undefined
}

/** Of a page of mails the domains are asked about together. */
const MAILS_AT_ONCE = 5_000
const DOMAINS_AT_ONCE = 90
const QUESTIONS_AT_ONCE = 30

/**
 * Gives one page of mails without a lane the lane of their domain, the most pressing mails first.
 * Domains that are known come first, so that a slow answer holds up only mail to its own domain.
 * Returns how many mails were sorted; zero when none waits. Mail to a domain that takes none
 * (RFC 7505) gets a lane too: it is rejected when its turn comes.
 */
export async function sortMail(deps: SortDeps): Promise<number> {
  const waiting = await store.unsortedDomains(deps.db, MAILS_AT_ONCE)
  if (waiting.length === 0) return 0
  const known = await store.sortStaged(deps.db, MAILS_AT_ONCE)
  if (known === MAILS_AT_ONCE) return known
  await sortDomains(
    deps,
    waiting.slice(0, DOMAINS_AT_ONCE).map(({ domain }) => domain),
  )
  return known + (await store.sortStaged(deps.db, MAILS_AT_ONCE))
}

/**
 * Makes sure that the lane of each of these domains is known: asks about those that nobody has
 * looked up, or not lately, and keeps the answers and the rows of their lanes. Never fails because
 * of an answer.
 */
export async function sortDomains(deps: SortDeps, domains: readonly string[]): Promise<void> {
  const { providers } = deps.shaping ?? SHAPING
  const unknown = await store.unknownDomains(deps.db, domains)
  for (let from = 0; from < unknown.length; from += DOMAINS_AT_ONCE) {
    const page = unknown.slice(from, from + DOMAINS_AT_ONCE)
    const answers = await askAll(deps.mx, page)
    const sorted = page.map((domain, i) => sortDomain(domain, answers[i] ?? NOBODY, providers))
    await inTx(deps.db, async (tx) => {
      await makeLanes(tx, [...new Set(sorted.map(({ lane }) => lane))], deps.shaping ?? SHAPING)
      await store.keepDomains(tx, sorted)
    })
  }
}

const NOBODY: MxAnswer = { kind: 'unanswered' }

/** Some questions at a time. */
async function askAll(
  mx: MxLookUp | undefined,
  domains: readonly string[],
): Promise<readonly (MxAnswer | undefined)[]> {
  if (mx === undefined) return []
  const answers: (MxAnswer | undefined)[] = []
  let next = 0
  const ask = async () => {
    while (next < domains.length) {
      const index = next++
      answers[index] = await mx(domains[index] ?? '')
    }
  }
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, ask))
  return answers
}

const makeLanes = (tx: Tx, lanes: readonly string[], shaping: Shaping) =>
  store.keepCaps(
    tx,
    lanes.map((lane) => ({ lane, ...limitsOf(lane, shaping) })),
  )

/** Gives every lane there is, and all lanes together, the caps of the table as it is now. */
export async function applyShaping({ db, shaping = SHAPING }: SortDeps): Promise<void> {
  await inTx(db, async (tx) => {
    const lanes = (await store.knownLanes(tx)).filter((lane) => lane !== ALL_LANES)
    const all = { lane: ALL_LANES, ...shaping.all, connections: CONNECTIONS_OF_ALL }
    const each = lanes.map((lane) => ({ lane, ...limitsOf(lane, shaping) }))
    await store.keepCaps(tx, [all, ...each])
  })
}

const ALL_LANES = '*'
/** Not a limit: the server of `SMTP_URL` counts its own connections. */
const CONNECTIONS_OF_ALL = 1_000

export type SeenInLane = Seen & { lane: string; reason: string | null }

/** A pause that people should hear of, not the short ones of finding the limit. */
const NOTABLE_SECONDS = 5 * 60

/**
 * Lets lanes learn from what their providers said: slower after complaints, faster after clean
 * messages, stopped when our reputation is in question. Joins the transaction that records the
 * mails. Long pauses are on the record.
 */
export async function learn(tx: Tx, seen: readonly SeenInLane[]): Promise<void> {
  if (seen.length === 0) return
  const held = await store.holdLanes(
    tx,
    seen.map(({ lane }) => lane),
  )
  const changed = held.flatMap(({ nowMs, ...before }) => {
    const told = seen.find(({ lane }) => lane === before.lane)
    if (told === undefined) return []
    const after: LaneState & { lane: string } = {
      ...before,
      ...adapt(before, told, nowMs),
      lane: before.lane,
    }
    const longer = (after.pausedUntilMs - Math.max(before.pausedUntilMs, nowMs)) / 1_000
    return [{ ...after, pauseReason: told.blocked ?? told.reason, longer }]
  })
  if (changed.length > 0) await store.changeLanes(tx, changed)
  for (const { lane, longer, pauseReason } of changed) {
    if (longer < NOTABLE_SECONDS) continue
    await record(tx, {
      kind: 'lane.paused',
      actor: 'cordon',
      subject: `lane:${lane}`,
      detail: { reason: pauseReason ?? 'throttled', seconds: Math.round(longer) },
    })
  }
}
