import type { Db } from '../../../platform/db.js'
import type { MxLookUp } from '../../../platform/mx.js'
import { openPlaces } from '../../lanes/jobs.js'
import { sortMail } from '../../lanes/service.js'
import { SHAPING, type Shaping } from '../../lanes/shaping.js'
import { type DueLane, dueLanes } from '../../lanes/store.js'
import { createClock } from '../clock.js'
import type { Hold } from '../jobs.js'
import type { Line } from '../line.js'
import { claimMails, type HeldMail, type MintTokens } from '../service.js'

export type SupplyDeps = {
  db: Db
  mint: MintTokens
  shaping?: Shaping
  mx?: MxLookUp | undefined
  transport: { connections: number }
}

/** A mail in hand, with the moment of its slot on this process's clock. */
export type SlottedMail = HeldMail & { dueAtMs: number }

export const CLAIM_AT_ONCE = 200
/** Slots are taken this far ahead; a mail waits for its slot in the process that sends it. */
const HORIZON_SECONDS = 1
/** Due by then counts as work for one more connection. */
const SOON_MS = 50

/**
 * One round after the other for a sender: sorts what needs nobody's answer, finds the lanes with due
 * mail, takes places in them, and claims into the line. Each returns how many mails were claimed.
 */
export function roundsFor(
  deps: SupplyDeps,
  hold: Hold,
  line: Line<SlottedMail>,
): () => Promise<number> {
  const places = openPlaces(hold.session)
  const connections = deps.transport.connections
  const clock = createClock()

  /** As many places as there is work for, and none for lanes without any. */
  const settlePlaces = async (due: readonly DueLane[]) => {
    const byMs = performance.now() + SOON_MS
    const most = new Map(due.map(({ lane, connections: allowed }) => [lane, allowed]))
    const wantedOf = (lane: string) => Math.min(connections, Math.max(1, line.wanted(lane, byMs)))
    await places.take(
      due.map(({ lane, connections: allowed }) => ({
        lane,
        connections: allowed,
        want: Math.min(allowed, wantedOf(lane)),
      })),
    )
    const tooMany = line.lanes().flatMap((lane) => {
      const keep = most.get(lane) ?? line.wanted(lane, Number.POSITIVE_INFINITY)
      return places.held(lane) > keep ? [{ lane, keep }] : []
    })
    await places.give(tooMany)
    for (const lane of new Set([...line.lanes(), ...most.keys()]))
      line.allow(lane, places.held(lane))
  }

  const claimFor = async (lanes: readonly DueLane[]): Promise<SlottedMail[]> => {
    const { everydayShare } = deps.shaping ?? SHAPING
    const best = new Map(lanes.map(({ lane, atItsBest }) => [lane, atItsBest]))
    const claimed = await claimMails(deps, {
      owner: hold.owner,
      lanes: [...best.keys()],
      limit: CLAIM_AT_ONCE,
      horizonSeconds: HORIZON_SECONDS,
      bulkShare: 1 - everydayShare,
    })
    const nowMs = performance.now()
    for (const { saidMs } of claimed) clock.heard(saidMs, nowMs)
    return claimed.map((mail) => ({
      ...mail,
      atItsBest: best.get(mail.lane) ?? false,
      dueAtMs: clock.hereMs(mail.slotMs),
    }))
  }

  return async () => {
    if (!deps.mx) await sortMail(deps)
    const due = await dueLanes(deps.db, HORIZON_SECONDS)
    await settlePlaces(due)
    const lanes = due.filter(
      ({ lane }) => places.held(lane) > 0 && line.waiting(lane) < CLAIM_AT_ONCE / 2,
    )
    const claimed = lanes.length > 0 ? await claimFor(lanes) : []
    hold.add(claimed)
    line.add(claimed)
    if (claimed.length > 0) await settlePlaces(due)
    return claimed.length
  }
}
