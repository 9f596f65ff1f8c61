import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASN_TABLE_FOLDER, type AsnTable, openAsnTable } from '../../../src/platform/asn-table.js'
import { Refusal } from '../../../src/platform/errors.js'
import { parseIp } from '../../../src/platform/ip.js'

const IPV4 = 'asn-ipv4.bin'
const IPV6 = 'asn-ipv6.bin'

let folder: string
let shipped: AsnTable
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordon-asn-'))
  shipped = await openAsnTable()
})
afterAll(() => rmSync(folder, { recursive: true }))

const systemOf = (table: AsnTable, ip: string) => table(parseIp(ip)!)

test.each([
  ['1.0.0.0', 13_335n],
  ['1.0.0.255', 13_335n],
  ['1.0.1.0', undefined],
  ['1.0.4.0', 38_803n],
  ['1.1.1.1', 13_335n],
  ['8.8.8.8', 15_169n],
  ['::ffff:8.8.8.8', 15_169n],
  ['2001:4860:4860::8888', 15_169n],
  ['2001::', 6_939n],
  ['2001:0:ffff:ffff:ffff:ffff:ffff:ffff', 6_939n],
  ['2001:1::', undefined],
  ['192.168.0.1', undefined],
  ['0.0.0.0', undefined],
  ['255.255.255.255', undefined],
  ['::', undefined],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
])('the shipped table knows the autonomous system of %s: %s', (ip, asn) =>
  expect(systemOf(shipped, ip)).toBe(asn),
)

function written(ipv4: Uint8Array, ipv6: Uint8Array): string {
  writeFileSync(join(folder, IPV4), ipv4)
  writeFileSync(join(folder, IPV6), ipv6)
  return folder
}

const words = (...all: number[]) => Buffer.from(Uint32Array.from(all).buffer)
const ROW4 = words(1, 2, 3)
const ROW6 = words(0, 0, 0, 1, 0, 0, 0, 2, 3)

test('a system with the number 0 is none', async () => {
  const table = await openAsnTable(written(words(1, 2, 0), ROW6))
  expect(systemOf(table, '0.0.0.1')).toBeUndefined()
  expect(systemOf(table, '::2')).toBe(3n)
})

async function refusalOf(folder: string): Promise<Refusal> {
  const refused: unknown = await openAsnTable(folder).catch((reason: unknown) => reason)
  if (refused instanceof Refusal) return refused
  throw new Error('The table was accepted')
}

test.each([
  [IPV4, 'empty', Buffer.alloc(0), ROW6],
  [IPV4, 'cut', ROW4.subarray(0, -1), ROW6],
  [IPV4, 'cut at a word', words(1, 2, 3, 5, 6), ROW6],
  [IPV4, 'not in order', words(5, 6, 1, 2, 3, 3), ROW6],
  [IPV6, 'of the other version', ROW4, ROW4],
])(
  '%s that is %s is refused by the name of its variable, with what to do',
  async (damaged, _, ipv4, ipv6) => {
    const refused = await refusalOf(written(ipv4, ipv6))
    expect(refused.code).toBe('configuration_invalid')
    expect(refused.detail).toContain(`GEOIP_ASN_DB: ${damaged} is damaged`)
    expect(refused.detail).toContain('npm run bootstrap')
  },
)

test('a file that is missing is refused by the name of its variable', async () => {
  const empty = mkdtempSync(join(folder, 'missing-'))
  expect((await refusalOf(empty)).detail).toContain(`GEOIP_ASN_DB: ${IPV4} cannot be read`)
  copyFileSync(join(ASN_TABLE_FOLDER, IPV4), join(empty, IPV4))
  expect((await refusalOf(empty)).detail).toContain(`GEOIP_ASN_DB: ${IPV6} cannot be read`)
})
