/**
 * Where logins come from. All addresses are from the ranges for documentation (RFC 5737, RFC 3849),
 * so none is anybody's. Homes, the office and attackers never share one.
 */
export const OFFICE_IP = '198.51.100.7'
export const STUFFING_IP = '203.0.113.66'

const HOMES_V4 = 450

/** A different address for each number: at first IPv4, of which there are few, then IPv6. */
export function homeIp(no: number): string {
  if (no < HOMES_V4 / 2) return `192.0.2.${no + 10}`
  if (no < HOMES_V4) return `198.51.100.${no - HOMES_V4 / 2 + 10}`
  const network = no - HOMES_V4
  return `2001:db8:${(network >>> 16).toString(16)}:${(network & 0xffff).toString(16)}::1`
}

/** The sources of the attacker on the account of this number, at most 16 of them. */
export function attackerIps(no: number): [string, string] {
  return [`203.0.113.${128 + no}`, `2001:db8:bad:${no.toString(16)}::66`]
}

export const HOME_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
]

export const STUFFING_AGENT = 'python-requests/2.32.3'
export const BRUTE_FORCE_AGENT = 'Mozilla/5.0 (Windows NT 6.1; rv:60.0) Gecko/20100101 Firefox/60.0'
