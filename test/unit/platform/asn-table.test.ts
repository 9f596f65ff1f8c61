import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AsnTable, openAsnTable } from '../../../src/platform/asn-table.js'
import { Refusal } from '../../../src/platform/errors.js'
import { parseIp } from '../../../src/platform/ip.js'

const IPV4 = 'asn-ipv4-num.csv'
const IPV6 = 'asn-ipv6-num.csv'

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

function written(ipv4: string | Uint8Array, ipv6: string | Uint8Array): string {
  writeFileSync(join(folder, IPV4), ipv4)
  writeFileSync(join(folder, IPV6), ipv6)
  return folder
}

const ROW = '1,2,3,Invented\n'

test('a system with the number 0 is none', async () => {
  const table = await openAsnTable(written('1,2,0,Nobody\n', ROW))
  expect(systemOf(table, '0.0.0.1')).toBeUndefined()
  expect(systemOf(table, '::2')).toBe(3n)
})

async function refusalOf(folder: string): Promise<Refusal> {
  const refused: unknown = await openAsnTable(folder).catch((reason: unknown) => reason)
  if (refused instanceof Refusal) return refused
  throw new Error('The table was accepted')
}

test('a file that is damaged is refused by the name of its variable, with what to do', async () => {
  for (const [damaged, dir] of [
    [IPV4, written('', ROW)],
    [IPV4, written(ROW.slice(0, -1), ROW)],
  ] as const) {
    const refused = await refusalOf(dir)
    expect(refused.code).toBe('configuration_invalid')
    expect(refused.detail).toContain(`GEOIP_ASN_DB: ${damaged} is damaged`)
    expect(refused.detail).toContain('npm ci')
  }
  expect((await refusalOf(written(ROW, '1,2,x,Invented\n'))).detail).toContain(`${IPV6} is damaged`)
})

test('a file that is missing is refused by the name of its variable', async () => {
  const empty = mkdtempSync(join(folder, 'missing-'))
  expect((await refusalOf(empty)).detail).toContain(`GEOIP_ASN_DB: ${IPV4} cannot be read`)
  const asn = dirname(createRequire(import.meta.url).resolve('@ip-location-db/asn/package.json'))
  copyFileSync(join(asn, IPV4), join(empty, IPV4))
  expect((await refusalOf(empty)).detail).toContain(`GEOIP_ASN_DB: ${IPV6} cannot be read`)
})
