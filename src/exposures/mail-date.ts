const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DATE =
  /^(?:[a-z]+\.?\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([+-]\d{4}|[a-z]*)/i
/** Obsolete zone names in hours (RFC 5322 §4.3); all others mean that the zone is not known. */
const ZONE_HOURS: Record<string, number> = {
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
}

/** The instant a Date header names (RFC 5322 §3.3 and §4.3), or `undefined` if it names none. */
export function parseMailDate(header: string): Date | undefined {
  const plain = header
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const [, day, name = '', year = '', hour, minute, second, zone = ''] = DATE.exec(plain) ?? []
  const month = MONTHS.indexOf(name.toLowerCase())
  if (month < 0) return undefined
  const local = new Date(0)
  local.setUTCFullYear(fullYear(year), month, Number(day))
  local.setUTCHours(Number(hour), Number(minute), Number(second ?? 0))
  if (local.getUTCDate() !== Number(day) || local.getUTCHours() !== Number(hour)) return undefined
  return new Date(local.getTime() - zoneMinutes(zone) * 60_000)
}

/** Two digits up to 49 are of this century, others count from 1900 (RFC 5322 §4.3). */
function fullYear(year: string): number {
  const count = Number(year)
  if (year.length > 3) return count
  return year.length === 2 && count < 50 ? count + 2000 : count + 1900
}

function zoneMinutes(zone: string): number {
  const digits = /^([+-])(\d{2})(\d{2})$/.exec(zone)
  if (!digits) return (ZONE_HOURS[zone.toLowerCase()] ?? 0) * 60
  const minutes = Number(digits[2]) * 60 + Number(digits[3])
  return digits[1] === '-' ? -minutes : minutes
}
