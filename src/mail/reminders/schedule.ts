/** When owners who were mailed about their reset and did nothing are mailed again. */
export type Schedule = {
  /** Hours from the accepted reset mail to each reminder, rising; as many reminders as there are numbers. */
  afterHours: readonly number[]
  /** Hours after the last reminder until an account of high value goes to people. */
  idleAfterHours: number
}

/**
 * Two reminders, a day and three days after the mail, and people after three more days. Fewer than
 * half act on the first mail about a breach (Zou, Mhaidli, McCall, Schaub 2018; design §5); a third
 * reminder teaches owners to ignore them, and the mailbox providers to file them as spam.
 */
export const SCHEDULE: Schedule = { afterHours: [24, 72], idleAfterHours: 72 }

/** What is known of an open reset and its mails. */
export type Mailed = {
  /** Hours since the last of its mails that was accepted, or may have been. */
  hoursSinceLast: number | null
  /** Reminders staged so far, whatever became of them. */
  reminders: number
  /** Some of its mails has not ended yet. */
  isUnderWay: boolean
  /** Some of its mails was accepted for sure. */
  wasAccepted: boolean
  /** The last of its mails was refused for good, or came back: its owner cannot be reached there. */
  isRefused: boolean
}

/** `look`: nothing to do before that many hours are over. `never`: nothing any more. */
export type NextStep =
  | { kind: 'remind'; round: number }
  | { kind: 'idle' }
  | { kind: 'look'; inHours: number }
  | { kind: 'never' }

/**
 * What an open reset needs now. Waits count from the mail before, so that a valve that was closed
 * for days does not send two reminders at once.
 */
export function nextStep(mailed: Mailed, schedule: Schedule): NextStep {
  if (mailed.isRefused) return { kind: 'never' } // its case is open since the refusal
  if (mailed.isUnderWay || !mailed.wasAccepted || mailed.hoursSinceLast === null) {
    return { kind: 'look', inHours: lookHours(schedule) }
  }
  const wait = waitAfter(mailed.reminders, schedule)
  if (mailed.hoursSinceLast < wait) return { kind: 'look', inHours: wait - mailed.hoursSinceLast }
  if (mailed.reminders >= schedule.afterHours.length) return { kind: 'idle' }
  return { kind: 'remind', round: mailed.reminders + 1 }
}

/** Half of the shortest wait: whoever looks this often is never late. */
export const lookHours = (schedule: Schedule): number => Math.min(...waits(schedule)) / 2

/** Hours from the nth reminder (0: the reset mail) to what comes next. */
const waitAfter = (reminders: number, schedule: Schedule): number =>
  waits(schedule)[Math.min(reminders, schedule.afterHours.length)] ?? schedule.idleAfterHours

const waits = ({ afterHours, idleAfterHours }: Schedule): number[] => [
  ...afterHours.map((hours, index) => hours - (afterHours[index - 1] ?? 0)),
  idleAfterHours,
]
