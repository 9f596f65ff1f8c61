import { classify } from '../replies/classify.js'
import type { ReplyVerdict } from '../replies/rule.js'

/** What servers said by what it means; `no_reply`: the connection ended before one said anything. */
export type ReplyClass = ReplyVerdict | 'no_reply'

/** Mails of one lane that were put off with the same words. */
export type PutOff = {
  /** Null for mail whose lane is not known. */
  lane: string | null
  reply: string
  mails: number
  untilAt: Date
  /** Of all mails of the lane that were put off. */
  laneMails: number
  laneNextAt: Date
  laneUntilAt: Date
}

export type Deferred = {
  mails: number
  /** When the first of them is tried again, and by when all of them are. */
  nextAt: Date
  untilAt: Date
  /** The most frequent first. They add up to `mails` unless servers use more words than were read. */
  said: { means: ReplyClass; mails: number; untilAt: Date; says: string }[]
}

/** Adds up what was put off by lane, and in each lane by what its server means. */
export function deferredByLane(rows: readonly PutOff[]): Map<string | null, Deferred> {
  const lanes = new Map<string | null, Deferred>()
  for (const row of rows.toSorted((left, right) => right.mails - left.mails)) {
    const deferred = lanes.get(row.lane) ?? emptyOf(row)
    lanes.set(row.lane, { ...deferred, said: withWords(deferred.said, row) })
  }
  for (const { said } of lanes.values()) said.sort((left, right) => right.mails - left.mails)
  return lanes
}

const emptyOf = (row: PutOff): Deferred => ({
  mails: row.laneMails,
  nextAt: row.laneNextAt,
  untilAt: row.laneUntilAt,
  said: [],
})

/** The words that are shown for a meaning are those it was said with most. */
function withWords(said: Deferred['said'], { lane, reply, mails, untilAt }: PutOff) {
  const means = meaningOf(reply, lane)
  const known = said.find((each) => each.means === means)
  if (!known) return [...said, { means, mails, untilAt, says: reply }]
  const later = untilAt > known.untilAt ? untilAt : known.untilAt
  const summed = { ...known, mails: known.mails + mails, untilAt: later }
  return said.map((each) => (each === known ? summed : each))
}

/** A server begins with a code of three digits (RFC 5321 §4.2); whatever else is stored is ours. */
export const meaningOf = (reply: string, lane: string | null): ReplyClass =>
  /^\d{3}\b/.test(reply) ? classify(reply, { provider: lane, phase: null }).verdict : 'no_reply'
