const LONGEST_SECONDS = 4 * 60 * 60
const SHORTEST_SECONDS = 5

const NUMBERS: Record<string, number> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  ten: 10,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  sixty: 60,
  'a few': 3,
  few: 3,
  several: 3,
}
const UNITS: readonly [RegExp, number][] = [
  [/^s/i, 1],
  [/^m/i, 60],
  [/^h/i, 3600],
  [/^d/i, 86_400],
]

/** A time that follows words of waiting: "try again in 5 minutes", "retry after two hours". */
const SPAN =
  /\b(?:in|after|for|within|wait|least|another|about|retry|delay(?:ed)?|next|every)\b[ :=(]{0,3}(?:at least |about |another |the next )?(\d{1,6}|a few|few|several|an?|one|two|three|four|five|ten|fifteen|twenty|thirty|sixty)[ +]{0,2}(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?)\b/i
const CLOCK = /\b(?:in|after|for|wait)\b[ :]{0,2}(\d{1,3}):(\d{2}):(\d{2})\b/i

/** The wait that a server asks for in its own words, in seconds: 5 at least, four hours at most. */
export function statedWait(line: string): number | undefined {
  const clock = CLOCK.exec(line)
  if (clock) {
    const [, hours, minutes, seconds] = clock.map(Number)
    return within((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0))
  }
  const span = SPAN.exec(line)
  if (!span) return undefined
  const [, amount = '', unit = ''] = span
  const each = UNITS.find(([pattern]) => pattern.test(unit))?.[1]
  const count = NUMBERS[amount.toLowerCase()] ?? Number(amount)
  return each === undefined ? undefined : within(count * each)
}

const within = (seconds: number) =>
  Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, Math.round(seconds)))
