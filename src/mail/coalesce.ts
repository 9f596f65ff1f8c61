type Waiting<In, Out> = {
  one: In
  resolve(out: Out): void
  reject(error: unknown): void
}

/**
 * Turns a function over many into one over one: whatever arrives within `gatherMs`, or while a call
 * is under way, goes into the next call together. `run` answers in the order it was asked.
 */
export function coalesce<In, Out>(
  run: (many: readonly In[]) => Promise<readonly Out[]>,
  gatherMs: number,
): (one: In) => Promise<Out> {
  let waiting: Waiting<In, Out>[] = []
  let isRunning = false

  const drain = async () => {
    isRunning = true
    while (waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, gatherMs))
      const batch = waiting
      waiting = []
      try {
        const answers = await run(batch.map(({ one }) => one))
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Out)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isRunning = false
  }
  return (one) =>
    new Promise((resolve, reject) => {
      waiting.push({ one, resolve, reject })
      if (!isRunning) void drain()
    })
}
