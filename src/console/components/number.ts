const COUNT = new Intl.NumberFormat()
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

/** A count as the reader's language writes it; a dash for what is not known. */
export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : COUNT.format(value)

export const percent = (part: number, whole: number): string =>
  whole > 0 ? PERCENT.format(part / whole) : '–'

/** `domain:example.org` and `gmail` as people call them; null for mail that is not sorted yet. */
export const laneName = (lane: string | null): string =>
  lane?.replace(/^(domain|mx):/, '') ?? 'Not sorted to a provider yet'

/** `reset_ordered` → "reset ordered": codes of the API as words. */
export const words = (code: string): string => code.replaceAll('_', ' ')
