const MINUTE = 60_000

export const minutesAfter = (start: Date, minutes: number) =>
  new Date(start.getTime() + minutes * MINUTE)

/** The last exposing message left six hours ago; the others a minute apart before it. */
export function lastMessageAt(now: Date): Date {
  const wholeMinute = now.getTime() - (now.getTime() % MINUTE)
  return minutesAfter(new Date(wholeMinute), -6 * 60)
}

/** An hour later the first attacker has the addresses. */
export const stuffingAt = (now: Date) => minutesAfter(lastMessageAt(now), 60)

/** Half an hour after that others try accounts one by one; the last of them ends before `now`. */
export const bruteForceAt = (now: Date) => minutesAfter(lastMessageAt(now), 90)
