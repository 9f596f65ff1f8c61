import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Ip } from './ip.js'
import { misconfigured } from './misconfigured.js'
import { rangeOf } from './ranges.js'
import { readSystemRanges, type SystemRanges } from './system-ranges.js'

/** The number of the autonomous system that an address belongs to; `undefined` is none. */
export type AsnTable = (ip: Ip) => bigint | undefined

const PACKAGE = '@ip-location-db/asn'

/**
 * Opens the table of autonomous systems that Cordon ships, about 0.2 s and 9 MiB that last: the
 * package `@ip-location-db/asn`, or the files of the same names in `folder`. Refuses with
 * `configuration_invalid` when one is missing or is not whole.
 */
export async function openAsnTable(folder?: string): Promise<AsnTable> {
  const ipv4 = await rangesIn('asn-ipv4-num.csv', 1, folder)
  const ipv6 = await rangesIn('asn-ipv6-num.csv', 4, folder)
  return (ip) => {
    const ranges = ip.length === 1 ? ipv4 : ipv6
    const number = ranges.systems[rangeOf(ranges, ip)] ?? 0
    return number === 0 ? undefined : BigInt(number)
  }
}

async function rangesIn(name: string, width: number, folder?: string): Promise<SystemRanges> {
  const bytes = await bytesOf(name, folder).catch((cause: unknown) => {
    throw wrong(`${name} cannot be read`, cause)
  })
  const ranges = readSystemRanges(bytes, width)
  if (!ranges) throw wrong(`${name} is damaged`)
  return ranges
}

const bytesOf = async (name: string, folder?: string): Promise<Buffer> =>
  readFile(
    folder === undefined
      ? createRequire(import.meta.url).resolve(`${PACKAGE}/${name}`)
      : join(folder, name),
  )

const wrong = (what: string, cause?: unknown) => {
  const message = `${what}, a part of the table that Cordon ships; install ${PACKAGE} again (npm ci) or name a .mmdb file`
  return misconfigured([{ path: 'GEOIP_ASN_DB', message }], cause)
}
