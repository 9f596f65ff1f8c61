/** A background loop of this process. `nudge` makes the next turn start at once. */
export type Loop = { nudge(): void; close(): Promise<void> }

/**
 * Calls `turn` again and again: at once after a turn that says it did something, after a nudge, or
 * when `idleMs` have passed. A turn that throws is told to `onError` and tried again when idle.
 */
export function startLoop(
  turn: () => Promise<boolean>,
  { idleMs, onError }: { idleMs: number; onError: (error: unknown) => void },
): Loop {
  let isClosed = false
  let wake: () => void = () => undefined
  let isNudged = false
  const idle = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, idleMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (isNudged || isClosed) wake()
    })
  const run = async () => {
    while (!isClosed) {
      isNudged = false
      const wasBusy = await turn().catch((error: unknown) => {
        onError(error)
        return false
      })
      if (!wasBusy && !isClosed) await idle()
    }
  }
  const running = run()
  return {
    nudge() {
      isNudged = true
      wake()
    },
    async close() {
      isClosed = true
      wake()
      await running
    },
  }
}
