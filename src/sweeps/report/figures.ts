/** Numbers, shares and times as people read them: the same on every machine and in every locale. */

/**
 * Text from outside, with the invisible characters shown that reorder what stands around them or
 * control a terminal (https://trojansource.codes). Joiners stay: scripts and emoji need them.
 */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, (hidden) => {
    const point = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return `⟨U+${point}⟩`
  })

/** `1,234,567` */
export const number = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

const SHORT = [
  [1_000_000, 'M'],
  [1_000, 'k'],
] as const

/** `1.2M`, where only the order of magnitude has room. */
export function shortNumber(count: number): string {
  const [size, letter] = SHORT.find(([least]) => count >= least * 10) ?? [1, '']
  if (size > 1) return `${number(Math.round(count / size))}${letter}`
  return number(count)
}

/** `12.3 %`; never rounds something to nothing or not quite all to all. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (part / whole) * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent < 100 && percent > 99.9) return '> 99.9 %'
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (part: number) => String(part).padStart(2, '0')

/** `1 Nov 2019, 14:05:09 UTC` */
export function timeText(at: Date): string {
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':')
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${clock} UTC`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** The two largest units: `3 d 4 h`, `3 min 12 s`, `0.4 s`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  let rest = Math.round(seconds)
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return { unit, count }
  })
  const first = parts.findIndex(({ count }) => count > 0)
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${number(count)} ${unit}`)
    .join(' ')
}
