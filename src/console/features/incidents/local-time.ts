const two = (value: number) => String(value).padStart(2, '0')

/** A moment as `<input type="datetime-local">` holds it: the reader's wall clock, to the minute. */
export function toLocalInput(at: Date): string {
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** What such an input holds as RFC 3339 with the reader's offset of that day; empty stays empty. */
export function withOffset(local: string): string {
  const at = new Date(local)
  if (Number.isNaN(at.getTime())) return ''
  const minutes = -at.getTimezoneOffset()
  const away = Math.abs(minutes)
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`
  return `${toLocalInput(at)}:00${offset}`
}

/** Whose clock the inputs show. */
export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
