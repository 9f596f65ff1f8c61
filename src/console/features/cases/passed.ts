import { useEffect, useState } from 'react'

/** Whether a moment is over; looks again when it is, and at nothing in between. */
export function usePassed(at: string | undefined): boolean {
  const [now, setNow] = useState(() => Date.now())
  const ends = at === undefined ? Number.POSITIVE_INFINITY : new Date(at).getTime()
  useEffect(() => {
    setNow(Date.now())
    if (!Number.isFinite(ends)) return
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, ends - Date.now()))
    return () => clearTimeout(timer)
  }, [ends])
  return now >= ends
}
