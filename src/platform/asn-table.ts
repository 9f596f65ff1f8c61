import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ip } from './ip.js'
import { misconfigured } from './misconfigured.js'
import { rangeOf } from './ranges.js'
import { readSystemRanges, type SystemRanges } from './system-ranges.js'

/** The number of the autonomous system that an address belongs to; `undefined` is none. */
export type AsnTable = (ip: Ip) => bigint | undefined

/** Where `scripts/asn-table` puts what it makes of the package `@ip-location-db/asn`. */
export const ASN_TABLE_FOLDER = join(import.meta.dirname, '../../dist/tables')

const IPV4 = { version: 'ipv4', width: 1, name: 'asn-ipv4.bin' } as const
const IPV6 = { version: 'ipv6', width: 4, name: 'asn-ipv6.bin' } as const
export const ASN_TABLES = [IPV4, IPV6] as const

/**
 * Opens the table of autonomous systems that Cordon ships, 9 MiB that last; or the files of the same
 * names in `folder`. Refuses with `configuration_invalid` when one is missing or is not whole.
 */
export async function openAsnTable(folder = ASN_TABLE_FOLDER): Promise<AsnTable> {
  const ipv4 = await rangesIn(folder, IPV4)
  const ipv6 = await rangesIn(folder, IPV6)
  return (ip) => {
    const ranges = ip.length === 1 ? ipv4 : ipv6
    const number = ranges.systems[rangeOf(ranges, ip)] ?? 0
    return number === 0 ? undefined : BigInt(number)
  }
}

type Table = { name: string; width: number }

async function rangesIn(folder: string, { name, width }: Table): Promise<SystemRanges> {
  const bytes = await readFile(join(folder, name)).catch((cause: unknown) => {
    throw wrong(`${name} cannot be read`, cause)
  })
  const ranges = readSystemRanges(bytes, width)
  if (!ranges) throw wrong(`${name} is damaged`)
  return ranges
}

const wrong = (what: string, cause?: unknown) => {
  const message = `${what}, a part of the table that Cordon ships; install Cordon again (in a checkout: npm run bootstrap) or name a .mmdb file`
  return misconfigured([{ path: 'GEOIP_ASN_DB', message }], cause)
}
