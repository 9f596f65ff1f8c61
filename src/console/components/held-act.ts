import { useSyncExternalStore } from 'react'

/** Something its user decided that waits a moment before it is done, and can be taken back until then. */
export type Act = {
  /** What will be done, and to whom: "Keep the reset of mara". */
  says: string
  /** The screen it belongs to. */
  path: string
  /** Sends it. It may be called while the page is being left. */
  send(): Promise<unknown>
  /** What else is undone when it is taken back. */
  onTakenBack?(): void
}
type Held = Act & { no: number; endsAt: number }
type Failed = Act & { no: number; error: unknown }

const UNDO_MS = 10_000
/** What was sent while the page was left: nobody saw the answer. */
const LEFT = 'cordon.left'

type State = {
  held: Held | null
  sending: readonly (Act & { no: number })[]
  failed: readonly Failed[]
  left: Pick<Act, 'says' | 'path'> | null
}

let state: State = { held: null, sending: [], failed: [], left: readLeft() }
let timer: ReturnType<typeof setTimeout> | undefined
let count = 0
const listeners = new Set<() => void>()

function change(to: Partial<State>): void {
  state = { ...state, ...to }
  for (const tell of listeners) tell()
}

/** What is held, what failed: for whoever shows it. */
export const useHeld = (): State =>
  useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => state,
  )

/** Holds an act for ten seconds. One that is held already is sent now. */
export function hold(act: Act): void {
  void sendHeld()
  count += 1
  change({ held: { ...act, no: count, endsAt: Date.now() + UNDO_MS } })
  timer = setTimeout(() => void sendHeld(), UNDO_MS)
}

/** Takes back what is held, and says what it was. */
export function undo(): Act | null {
  const { held } = state
  clearTimeout(timer)
  change({ held: null })
  held?.onTakenBack?.()
  return held
}

/** Sends what is held, now. Never rejects: what failed is kept and shown. */
export async function sendHeld(): Promise<void> {
  const { held } = state
  if (!held) return
  clearTimeout(timer)
  change({ held: null })
  await deliver(held)
}

/** Sends again what failed. */
export async function resend(failed: Failed): Promise<void> {
  dismiss(failed.no)
  await deliver(failed)
}

async function deliver({ no, says, path, send }: Act & { no: number }): Promise<void> {
  const act = { no, says, path, send }
  change({ sending: [...state.sending, act] })
  const error = await send().then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('It failed without a word.'),
  )
  change({
    sending: state.sending.filter((each) => each !== act),
    failed: error ? [...state.failed, { ...act, error }] : state.failed,
  })
  sessionStorage.removeItem(LEFT)
}

/** Forgets a failure that was seen. */
export const dismiss = (no: number): void =>
  change({ failed: state.failed.filter((each) => each.no !== no) })

/** Whoever signs in next on this page must not see, or send, what somebody else decided. */
export const forgetActs = (): void => change({ failed: [], left: null })

/** Forgets that something was sent while the page was left. */
export function dismissLeft(): void {
  sessionStorage.removeItem(LEFT)
  change({ left: null })
}

function readLeft(): State['left'] {
  const kept = sessionStorage.getItem(LEFT)
  return kept ? (JSON.parse(kept) as State['left']) : null
}

window.addEventListener('pagehide', () => {
  if (!state.held) return
  const { says, path } = state.held
  sessionStorage.setItem(LEFT, JSON.stringify({ says, path }))
  void sendHeld()
})
