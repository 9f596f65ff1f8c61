import { setTimeout as pause } from 'node:timers/promises'
import { dispatch } from '../dispatch.js'
import type { Hold } from '../jobs.js'
import { createLine, type Line } from '../line.js'
import type { Outcome } from '../outcome.js'
import { CLAIM_AT_ONCE, roundsFor, type SlottedMail, type SupplyDeps } from './service.js'

export type { SlottedMail } from './service.js'

/** The mails that one sender has in hand, each handed out at its slot. */
export type Supply = {
  /** Claims, round after round, until no mail is due and none is in hand. */
  run(): Promise<void>
  /** The next mail whose slot has come; undefined when this sender is done. */
  next(): Promise<SlottedMail | undefined>
  /** Resolves to true when the slot of a mail has come; to false when it must take another. */
  slot(mail: SlottedMail): Promise<boolean>
  done(mail: SlottedMail, outcome: Outcome): void
  /** A mail that was taken and not sent: in hand again, or left to its lease. */
  putBack(mail: SlottedMail, isInHand: boolean): void
  /** One of those who send is gone. */
  leave(): void
  /** Mails of these lanes are given back: their provider takes none for now. */
  look(paused: readonly string[]): void
  end(): void
  rest(): SlottedMail[]
}

const LOW = CLAIM_AT_ONCE / 2
const ROUND_MS = 250
/** While others are still busy with their last mail. */
const PATIENT_ROUND_MS = 1_000

export function supplyFor(deps: SupplyDeps, hold: Hold): Supply {
  const line = createLine<SlottedMail>()
  const round = roundsFor(deps, hold, line)
  const sleep = aSleep()
  const returns = returnsTo(hold, line)
  let isOver = false
  let senders = deps.transport.connections
  let hasMore = false
  const isLow = () => hasMore && line.length() < LOW
  const desk = dispatch(line, {
    nowMs: () => performance.now(),
    mayGoOn: hold.maySend,
    onIdle: () => void (isLow() && sleep.wake()),
  })
  const end = () => {
    isOver = true
    desk.end()
    sleep.wake()
  }
  /** One round; the time until the next, or undefined when there is nothing left to do. */
  const once = async (): Promise<number | undefined> => {
    const claimed = await round()
    desk.look()
    hasMore = claimed === CLAIM_AT_ONCE
    if (claimed + line.length() > 0) return isLow() ? 0 : ROUND_MS
    return line.busy() > 0 ? PATIENT_ROUND_MS : undefined
  }
  const run = async () => {
    try {
      while (!isOver && hold.maySend()) {
        const waitMs = await once()
        if (waitMs === undefined) break
        if (waitMs > 0) await sleep.for(waitMs)
      }
    } finally {
      end()
      await returns.settled()
    }
  }
  return {
    run,
    next: desk.next,
    slot: (mail) => untilItsSlot(line, mail, () => isOver),
    done: (mail, outcome) => {
      line.done(mail)
      if (isTold(outcome)) returns.drop([mail.lane])
      if (line.busy() + line.length() === 0 || isLow()) sleep.wake()
    },
    putBack: (mail, isInHand) => {
      line.done(mail)
      if (isInHand) line.putBack({ ...mail, dueAtMs: performance.now() })
      desk.look() // whoever waits may take it now, not at the next round
    },
    leave: () => {
      senders -= 1
      if (senders === 0) end()
    },
    look: (paused) => {
      returns.drop(paused)
      if (!hold.maySend()) end()
    },
    end,
    rest: line.rest,
  }
}

/** Whether the server told us to slow down or to stay away. */
const isTold = ({ lesson }: Outcome) =>
  lesson !== null && (lesson.throttled > 0 || lesson.blocked !== null)

async function untilItsSlot(line: Line<SlottedMail>, mail: SlottedMail, isOver: () => boolean) {
  while (!isOver()) {
    const turn = line.start(mail, performance.now())
    if (typeof turn === 'string') return turn === 'leaves'
    await pause(turn.waitMs)
  }
  return false
}

/** Gives the waiting mails of a lane back while the others go on. */
function returnsTo(hold: Hold, line: Line<SlottedMail>) {
  const under: Promise<void>[] = []
  const drop = (lanes: readonly string[]) => {
    for (const lane of lanes) {
      const dropped = line.drop(lane)
      if (dropped.length > 0) under.push(hold.giveBack(dropped))
    }
  }
  return { drop, settled: () => Promise.all(under) }
}

/** A wait that can be cut short. */
function aSleep() {
  let wake: () => void = () => undefined
  return {
    wake: () => wake(),
    for: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
