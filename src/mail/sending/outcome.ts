import type { SmtpReplyPhase, SmtpVerdict } from '../../platform/smtp.js'
import type { Seen } from '../lanes/adapt.js'
import { type Classified, classify, dispositionOf } from '../replies/classify.js'
import { redactReply } from '../replies/redact.js'
import { ATTEMPTS_AT_MOST, waitSeconds } from '../state.js'
import type { ClaimedMail, MailResult } from '../store.js'

/** What to record for a mail, and what else follows from how it ended. */
export type Outcome = MailResult & {
  /** Why all mail must stop: nothing may be trusted any more. */
  stop: string | null
  /** Why the mail of its sweep must stop: something of ours is set up wrongly. */
  closesSweep: { sweepId: string; reason: string } | null
  /** What its lane learns from it; null when it says nothing about the lane. */
  lesson: (Seen & { lane: string; reason: string | null }) | null
}

type Attempted = Pick<ClaimedMail, 'no' | 'recipient' | 'attempts'> &
  Partial<Pick<ClaimedMail, 'lane' | 'sweepId'>> & {
    /** Its lane has nothing to learn from acceptances. */
    atItsBest?: boolean
  }

const ended = (mail: Attempted, status: Outcome['status'], reply: string): Outcome => ({
  no: mail.no,
  status,
  reply: redactReply(reply, mail.recipient),
  wireSha256: null,
  waitSeconds: 0,
  counts: true,
  stop: null,
  closesSweep: null,
  lesson: null,
})

/** Nothing was tried: the mail is as due as before. */
export const released = (mail: Attempted): Outcome => ({
  ...ended(mail, 'staged', ''),
  reply: null,
  counts: false,
})

export const withdrawn = (mail: Attempted, because: string): Outcome =>
  ended(mail, 'withdrawn', because)

export const rejected = (mail: Attempted, because: string): Outcome =>
  ended(mail, 'rejected', because)

/** The bytes or the envelope were not what they must be: people look before anything else is sent. */
export const stopped = (mail: Attempted, problem: string): Outcome => ({
  ...rejected(mail, `stopped by the gate: ${problem}`),
  stop: problem,
})

/** Again later, or to people when it was tried often enough. `asked`: the wait in seconds. */
export function deferred(mail: Attempted, reply: string, asked: number | null = null): Outcome {
  if (mail.attempts >= ATTEMPTS_AT_MOST) return rejected(mail, `given up: ${reply}`)
  return {
    ...ended(mail, 'staged', reply),
    waitSeconds: waitSeconds(mail.attempts, mail.no, asked),
  }
}

/** Again later, however often that takes. */
const waiting = (mail: Attempted, reply: string, asked: number | null): Outcome => ({
  ...ended(mail, 'staged', reply),
  waitSeconds: waitSeconds(1, mail.no, asked),
  counts: false,
})

/** What a verdict means for the mail. A connection lost after the dot proves nothing either way. */
export function outcomeOf(mail: Attempted, verdict: SmtpVerdict): Outcome {
  switch (verdict.kind) {
    case 'accepted':
      return { ...ended(mail, 'accepted', verdict.reply), lesson: lessonOfAcceptance(mail) }
    case 'deferred':
    case 'rejected':
      return outcomeOfReply(mail, verdict)
    case 'withheld':
      return released(mail)
    case 'miscounted':
      return stopped(mail, 'recipients_miscounted')
    case 'lost':
      return verdict.phase === 'dot'
        ? ended(mail, 'unknown', 'connection lost before the reply to the final dot')
        : deferred(mail, `connection lost (${verdict.phase})`)
  }
}

type Refused = Extract<SmtpVerdict, { kind: 'deferred' | 'rejected' }>

function outcomeOfReply(mail: Attempted, { kind, reply, at }: Refused): Outcome {
  const read = readReply(mail, reply, at)
  const lesson = lessonOf(mail, read)
  switch (dispositionOf(read.verdict, kind === 'rejected')) {
    case 'reject':
      return { ...rejected(mail, reply), lesson }
    case 'defer':
      return { ...deferred(mail, reply, read.waitSeconds), lesson }
    case 'wait':
      return {
        ...waiting(mail, reply, read.waitSeconds),
        lesson,
        closesSweep: closedBy(mail, read),
      }
  }
}

/** The lane of a provider has the provider's name; any other lane has no rules of its own. */
export const readReply = (
  mail: Pick<Attempted, 'lane'>,
  reply: string,
  phase: SmtpReplyPhase | undefined,
): Classified => classify(reply, { provider: mail.lane ?? null, phase: phase ?? null })

const NOTHING_SEEN: Seen = {
  accepted: 0,
  throttled: 0,
  crowded: 0,
  pauseSeconds: 0,
  blocked: null,
}

function lessonOfAcceptance({ lane, atItsBest }: Attempted): Outcome['lesson'] {
  if (lane === undefined || atItsBest === true) return null
  return { ...NOTHING_SEEN, accepted: 1, lane, reason: null }
}

function lessonOf({ lane }: Attempted, read: Classified): Outcome['lesson'] {
  const { verdict, fewerConnections, ruleId } = read
  if (lane === undefined) return null
  const seen = { ...NOTHING_SEEN, pauseSeconds: read.pauseSeconds ?? 0, lane, reason: ruleId }
  if (verdict === 'block_reputation') return { ...seen, blocked: ruleId ?? verdict }
  if (verdict !== 'throttle_lane') return null
  return { ...seen, throttled: 1, crowded: fewerConnections ? 1 : 0 }
}

function closedBy({ sweepId }: Attempted, { verdict, ruleId }: Classified): Outcome['closesSweep'] {
  if (verdict !== 'auth_config' || sweepId === undefined) return null
  return { sweepId, reason: `mail server: ${ruleId}` }
}

/** The lessons of many mails, one for each lane. */
export function lessonsOf(outcomes: readonly Outcome[]): NonNullable<Outcome['lesson']>[] {
  const byLane = new Map<string, NonNullable<Outcome['lesson']>>()
  for (const { lesson } of outcomes) {
    if (lesson === null) continue
    const sum = byLane.get(lesson.lane)
    byLane.set(lesson.lane, sum === undefined ? lesson : together(sum, lesson))
  }
  return [...byLane.values()]
}

const together = (
  one: NonNullable<Outcome['lesson']>,
  two: NonNullable<Outcome['lesson']>,
): NonNullable<Outcome['lesson']> => ({
  lane: one.lane,
  accepted: one.accepted + two.accepted,
  throttled: one.throttled + two.throttled,
  crowded: one.crowded + two.crowded,
  pauseSeconds: Math.max(one.pauseSeconds, two.pauseSeconds),
  blocked: one.blocked ?? two.blocked,
  reason: one.reason ?? two.reason,
})
