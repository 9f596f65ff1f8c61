import type { ChunkPhase, ReportFacts, SweepEvent } from './facts.js'

/** What happened when. `who` is absent where it was nobody's single act. */
export type TimelineEvent = { at: Date; kind: string; says: string; who?: string }

const SWEEP_EVENTS: Record<string, string> = {
  'sweep.requested': 'Sweep requested',
  'sweep.planned': 'Plan complete',
  'sweep.approved': 'Plan approved',
  'sweep.started': 'Sweep started',
  'sweep.paused': 'Sweep paused',
  'sweep.resumed': 'Sweep resumed',
  'sweep.aborted': 'Sweep aborted',
  'sweep.failed': 'Planning failed',
  'sweep.finished': 'Sweep finished',
}

const PHASES: Record<ChunkPhase['phase'], { kind: string; says: string }> = {
  hold: { kind: 'holds_done', says: 'Value of every endangered account held' },
  canary: { kind: 'canary_done', says: 'Canary accounts done' },
  act: { kind: 'accounts_done', says: 'All other accounts done' },
}

/** The incident from its beginning to this report, oldest first. */
export function timelineOf(facts: ReportFacts): TimelineEvent[] {
  const { occurredAt, detectedAt } = facts.incident
  const events: TimelineEvent[] = [
    { at: occurredAt, kind: 'occurred', says: 'Addresses exposed' },
    { at: detectedAt, kind: 'detected', says: 'Exposure noticed' },
    ...facts.events.flatMap(sweepEvent),
    ...facts.chunks.flatMap(phaseDone),
    ...mailEvents(facts),
    ...resetEvents(facts),
  ]
  return events.sort((left, right) => left.at.getTime() - right.at.getTime())
}

function sweepEvent({ kind, actor, reason, at }: SweepEvent): TimelineEvent[] {
  const says = SWEEP_EVENTS[kind]
  if (!says) return []
  return [{ at, kind, says: reason ? `${says}: ${reason}` : says, who: actor }]
}

function phaseDone({ phase, chunks, chunksDone, lastDoneAt }: ChunkPhase): TimelineEvent[] {
  return lastDoneAt && chunksDone === chunks ? [{ at: lastDoneAt, ...PHASES[phase] }] : []
}

function mailEvents({ mails, transport }: ReportFacts): TimelineEvent[] {
  const sent = mails.filter(({ purpose }) => purpose !== 'confirmation')
  const where = transport === 'smtp' ? '' : ' by the built-in mailbox, which delivers nowhere'
  return firstAndLast(
    { kind: 'mail_accepted', says: `mail accepted${where}` },
    sent.map(({ firstAcceptedAt }) => firstAcceptedAt),
    sent.map(({ lastAcceptedAt }) => lastAcceptedAt),
  )
}

const resetEvents = ({ resets }: ReportFacts) =>
  firstAndLast(
    { kind: 'reset_completed', says: 'reset completed by its owner' },
    resets.map(({ firstCompletedAt }) => firstCompletedAt),
    resets.map(({ lastCompletedAt }) => lastCompletedAt),
  )

function firstAndLast(
  { kind, says }: { kind: string; says: string },
  firsts: readonly (Date | null)[],
  lasts: readonly (Date | null)[],
): TimelineEvent[] {
  const [first] = inOrder(firsts)
  const last = inOrder(lasts).at(-1)
  if (!first || !last) return []
  const begun = { at: first, kind: `${kind}_first`, says: `First ${says}` }
  if (first.getTime() === last.getTime()) return [begun]
  return [begun, { at: last, kind: `${kind}_latest`, says: `Latest ${says}` }]
}

const inOrder = (dates: readonly (Date | null)[]): Date[] =>
  dates.filter((date) => date !== null).sort((left, right) => left.getTime() - right.getTime())
