import { createRequire } from 'node:module'
import { openAsnTable } from './asn-table.js'
import { boundedCache } from './bounded-cache.js'
import { type Ip, ipv4Text, parseIp, parseNetwork } from './ip.js'
import { openIpTable, type TableKind } from './ip-table.js'
import { type ListedNetworks, readListedNetworks } from './listed-networks.js'
import { allConfigured } from './misconfigured.js'
import { networkSet } from './network-set.js'

/** What an address tells about where it is; `null` is unknown. */
export type Place = {
  /** ISO 3166-1, two capital letters. */
  country: string | null
  asn: bigint | null
  /** Degrees, north and east positive; both or neither. */
  latitude: number | null
  longitude: number | null
  /** The first of the operator's lists that holds the address, such as `tor`. */
  listed: string | null
}

export type Geo = { lookUp(ip: string): Place }

export type GeoOptions = {
  countryDb: string | undefined
  asnDb: string | undefined
  listedNetworks: ListedNetworks | undefined
}

type Position = Pick<Place, 'country' | 'latitude' | 'longitude'>

const PLACES_KEPT = 32_768
const NOWHERE: Readonly<Place> = Object.freeze({
  country: null,
  asn: null,
  latitude: null,
  longitude: null,
  listed: null,
})

const COUNTRIES: TableKind<Position> = {
  variable: 'GEOIP_COUNTRY_DB',
  holds: 'countries',
  read: readPosition,
}
const SYSTEMS: TableKind<bigint> = {
  variable: 'GEOIP_ASN_DB',
  holds: 'autonomous system numbers',
  read: readAsn,
}
const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'

/** What a table tells about an address; `plain` is its text, of IPv4 in its own form. */
type Finder<T> = (ip: Ip, plain: string) => T | undefined

/**
 * Opens the tables of countries and autonomous systems and the lists of networks (about 0.1 s).
 * Without `countryDb` or `asnDb` it is the table that Cordon ships, with one it is that file alone.
 * Refuses with `configuration_invalid`, naming everything that cannot be used.
 *
 * `lookUp` answers for any text and never throws; what is no IP address is nowhere.
 */
export async function openGeo(options: GeoOptions): Promise<Geo> {
  const { countryDb, asnDb, listedNetworks } = options
  const [position, asn, listed] = await allConfigured([
    openCountries(countryDb),
    openSystems(asnDb),
    listedNetworks === undefined ? noLists : readListedNetworks(listedNetworks),
  ])
  const places = boundedCache<string, Place>(PLACES_KEPT)
  const placeOf = (ip: Ip, text: string): Place => {
    const plain = ip.length === 1 ? ipv4Text(ip[0] ?? 0) : text
    const { country, latitude, longitude } = position(ip, plain) ?? NOWHERE
    return { country, asn: asn(ip, plain) ?? null, latitude, longitude, listed: listed(ip) }
  }
  return {
    lookUp: (text) => {
      const known = places.get(text)
      if (known) return known
      const ip = parseIp(text)
      if (!ip) return NOWHERE
      const place = Object.freeze(placeOf(ip, text))
      places.set(text, place)
      return place
    },
  }
}

async function openCountries(file: string | undefined): Promise<Finder<Position>> {
  const path = file ?? createRequire(import.meta.url).resolve(SHIPPED)
  const table = await openIpTable(COUNTRIES, path)
  const find: Finder<Position> = (_, plain) => table(plain)
  return file === undefined ? ofSomebody(find) : find
}

async function openSystems(file: string | undefined): Promise<Finder<bigint>> {
  if (file === undefined) return ofSomebody(await openAsnTable())
  const table = await openIpTable(SYSTEMS, file)
  return (_, plain) => table(plain)
}

const noLists = Promise.resolve(() => null)

/** Tells nothing about addresses that are nobody's, whatever the shipped tables say of them. */
function ofSomebody<T>(find: Finder<T>): Finder<T> {
  const nobodys = networkSet(NOBODYS)
  return (ip, plain) => (nobodys.has(ip) ? undefined : find(ip, plain))
}

/**
 * Not globally reachable (IANA special-purpose registries, RFC 6890), and all IPv6 outside 2000::/3:
 * the shipped table has countries for some of them, such as Australia for 192.168.0.1.
 */
const NOBODYS = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  ...['::/3', '4000::/2', '8000::/1', '2001:db8::/32', '3fff::/20'],
].flatMap((network) => parseNetwork(network) ?? [])

/** From MaxMind's rows, of a country or a city, or from flat ones (`country_code`, `latitude`, …). */
function readPosition(row: unknown): Position | undefined {
  const country = countryCode(at(at(row, 'country'), 'iso_code') ?? at(row, 'country_code'))
  const spot = at(row, 'location') ?? row
  const [latitude, longitude] = [at(spot, 'latitude'), at(spot, 'longitude')]
  const isSpot = isDegrees(latitude, 90) && isDegrees(longitude, 180)
  if (country === null && !isSpot) return undefined
  return isSpot ? { country, latitude, longitude } : { country, latitude: null, longitude: null }
}

function readAsn(row: unknown): bigint | undefined {
  const number = at(row, 'autonomous_system_number')
  return Number.isSafeInteger(number) && (number as number) > 0
    ? BigInt(number as number)
    : undefined
}

const countryCode = (code: unknown) =>
  typeof code === 'string' && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : null

const isDegrees = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Math.abs(value) <= most

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
