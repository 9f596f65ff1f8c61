import { isIP } from 'node:net'
import { parseIp, parseNetwork } from './ip.js'
import { networkSet } from './network-set.js'

/** Where a call may go: `public` by default, `private` only where the operator says so, else nowhere. */
export type Reach = 'public' | 'private' | 'nowhere'

const set = (...networks: string[]) =>
  networkSet(networks.flatMap((network) => parseNetwork(network) ?? []))

const LOOPBACK = set('127.0.0.0/8', '::1/128')

/** RFC 1918, RFC 6598 (shared by carriers), RFC 4193, and this machine. */
const PRIVATE = set(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  'fc00::/7',
  '::1/128',
)

/** What the IANA registries of special-purpose addresses (RFC 6890) call not globally reachable. */
const SPECIAL = set(
  '0.0.0.0/8',
  '169.254.0.0/16', // link-local: the metadata of clouds
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // relays of 6to4
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3', // multicast and reserved, broadcast included
  '2001::/23', // Teredo, ORCHID and others
  '2001:db8::/32',
  '2002::/16', // 6to4 carries an IPv4 address
  '3fff::/20',
)

/** Everything else of IPv6 is unassigned, local, or translates to IPv4 (`::ffff:`, `64:ff9b::`). */
const IPV6_UNICAST = set('2000::/3')

/** How far an address reaches. Text that is no address reaches nowhere. */
export function reachOf(address: string): Reach {
  const ip = parseIp(address)
  const isIpv6 = isIP(address) === 6
  if (!ip || (isIpv6 && ip.length === 1)) return 'nowhere'
  if (PRIVATE.has(ip)) return 'private'
  if (SPECIAL.has(ip) || (isIpv6 && !IPV6_UNICAST.has(ip))) return 'nowhere'
  return 'public'
}

export function isLoopback(address: string): boolean {
  const ip = parseIp(address)
  return ip !== undefined && reachOf(address) === 'private' && LOOPBACK.has(ip)
}
