import { useEffect, useState } from 'react'

const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'long' })
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

const utcOf = (at: string) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** A moment in the reader's zone, with UTC for whoever points at it. */
export function When({ at }: { at: string | null }) {
  if (at === null) return <>–</>
  return (
    <time dateTime={at} title={utcOf(at)}>
      {SHORT.format(new Date(at))}
    </time>
  )
}

/** A moment of today, to the second, with the reader's zone. */
export const clockWords = (atMs: number): string => CLOCK.format(atMs)

/** How long ago, or until when, renewed every ten seconds. */
export function Since({ at }: { at: string }) {
  const now = useNow(10_000)
  return (
    <time dateTime={at} title={`${SHORT.format(new Date(at))} (${utcOf(at)})`}>
      {sinceWords((new Date(at).getTime() - now) / 1_000)}
    </time>
  )
}

/** `-90` → "2 minutes ago". Seconds are not told apart. */
export function sinceWords(seconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['minute', 60]
  return RELATIVE.format(Math.round(seconds / length), unit)
}

/** `3_700` → "1 h 2 min"; below a minute in seconds. */
export function durationWords(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(0, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 2_880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** The time of now, renewed every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
