import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Refusal } from '../../../src/platform/errors.js'
import { type Geo, type GeoOptions, openGeo } from '../../../src/platform/geo.js'

const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country'
const shipped = (name: string) => createRequire(import.meta.url).resolve(`${SHIPPED}${name}.mmdb`)
const NOTHING: GeoOptions = { countryDb: undefined, asnDb: undefined, listedNetworks: undefined }
const NOWHERE = { country: null, asn: null, latitude: null, longitude: null, listed: null }

let geo: Geo
let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cordon-geo-'))
  writeFileSync(join(dir, 'tor.txt'), '192.0.2.1\n2001:db8::/32\n')
  const files = [{ name: 'tor', path: join(dir, 'tor.txt') }]
  geo = await openGeo({ ...NOTHING, listedNetworks: { kind: 'files', files } })
})
afterAll(() => rmSync(dir, { recursive: true }))

async function refusal(options: Partial<GeoOptions>): Promise<Refusal> {
  return openGeo({ ...NOTHING, ...options }).then(
    () => {
      throw new Error('The tables were accepted')
    },
    (refused: Refusal) => refused,
  )
}

function written(name: string, bytes: string | Uint8Array): string {
  writeFileSync(join(dir, name), bytes)
  return join(dir, name)
}

test.each([
  ['1.1.1.1', 'AU', 13_335n],
  ['8.8.8.8', 'US', 15_169n],
  ['193.0.6.139', 'NL', 3_333n],
  ['2001:4860:4860::8888', 'US', 15_169n],
  ['2A02:2E0:0:0:0:0:0:1', 'DE', 12_306n],
])('the shipped tables know country and autonomous system of %s', (ip, country, asn) =>
  expect(geo.lookUp(ip)).toEqual({ ...NOWHERE, country, asn }),
)

test.each([
  ['0.0.0.0'],
  ['10.1.2.3'],
  ['100.64.0.1'],
  ['127.0.0.1'],
  ['169.254.1.1'],
  ['172.31.255.255'],
  ['192.168.1.1'],
  ['198.51.100.7'],
  ['203.0.113.5'],
  ['224.0.0.1'],
  ['255.255.255.255'],
  ['::'],
  ['::1'],
  ['fd00::1'],
  ['fe80::1'],
  ['fe80::1%eth0'],
  ['ff02::1'],
  ['::ffff:192.168.1.1'],
  ['not an address'],
  [''],
])('nobody knows where %s is', (ip) => expect(geo.lookUp(ip)).toEqual(NOWHERE))

test('a listed address is listed wherever it is', () => {
  expect(geo.lookUp('192.0.2.1')).toEqual({ ...NOWHERE, listed: 'tor' })
  expect(geo.lookUp('2001:db8::1')).toEqual({ ...NOWHERE, listed: 'tor' })
})

test('an IPv4 address in its IPv6 form is the same address', () => {
  for (const ip of ['::ffff:8.8.8.8', '::ffff:808:808', '0:0:0:0:0:FFFF:0808:0808'])
    expect(geo.lookUp(ip)).toEqual(geo.lookUp('8.8.8.8'))
  expect(geo.lookUp('::ffff:192.0.2.1').listed).toBe('tor')
})

test('every text has an answer, the same one each time', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      const place = geo.lookUp(text)
      expect(place.country ?? 'XX').toMatch(/^[A-Z]{2}$/)
      expect(place.asn === null || place.asn > 0n).toBe(true)
      expect(geo.lookUp(text)).toEqual(place)
    }),
    { numRuns: 2_000 },
  )
})

test('what one caller is given no caller can change', () => {
  for (const ip of ['8.8.8.8', 'nowhere'])
    expect(() => Object.assign(geo.lookUp(ip), { country: 'AQ' })).toThrow(TypeError)
})

test('a table of IPv4 addresses knows no IPv6 address', async () => {
  const ipv4 = await openGeo({ ...NOTHING, countryDb: shipped('-ipv4') })
  expect(ipv4.lookUp('8.8.8.8').country).toBe('US')
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      const mapped = /^(::|(0*:){5})ffff:/i.test(ip)
      if (!mapped) expect(ipv4.lookUp(ip)).toEqual({ ...NOWHERE, asn: geo.lookUp(ip).asn })
    }),
  )
})

test('a file that is missing, something else or not whole is refused by the name of its variable', async () => {
  const whole = readFileSync(shipped('-ipv4'))
  const cases = [
    [join(dir, 'none.mmdb'), 'cannot be read'],
    [dir, 'cannot be read'],
    [written('empty.mmdb', ''), 'is not a MaxMind database'],
    [written('text.mmdb', '1.0.0.0,1.0.0.255,AU\n'.repeat(99)), 'is not a MaxMind database'],
    [written('half.mmdb', whole.subarray(0, whole.length / 2)), 'is not a MaxMind database'],
    [written('tail.mmdb', whole.subarray(whole.length - 4_096)), 'is damaged'],
  ] as const
  for (const [path, reason] of cases) {
    const country = await refusal({ countryDb: path })
    expect(country.code).toBe('configuration_invalid')
    expect(country.detail).toContain(`GEOIP_COUNTRY_DB: ${path} ${reason}`)
    expect((await refusal({ asnDb: path })).detail).toContain(`GEOIP_ASN_DB: ${path} ${reason}`)
  }
})

test('a table that holds something else is refused', async () => {
  const { detail } = await refusal({ asnDb: shipped('') })
  expect(detail).toContain('GEOIP_ASN_DB:')
  expect(detail).toContain('holds no autonomous system numbers')
})

test('everything that cannot be used is reported at once', async () => {
  const missing = join(dir, 'none')
  const refused = await refusal({
    countryDb: missing,
    asnDb: missing,
    listedNetworks: { kind: 'folder', path: missing },
  })
  expect(refused.options.errors?.map(({ path }) => path)).toEqual([
    'GEOIP_COUNTRY_DB',
    'GEOIP_ASN_DB',
    'LISTED_NETWORKS',
  ])
})

test('50,000 addresses never seen before take at most a second', () => {
  const ips = Array.from({ length: 50_000 }, (_, index) => {
    const word = Math.imul(index + 1, 2_654_435_761)
    return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.')
  })
  const started = performance.now()
  for (const ip of ips) geo.lookUp(ip)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('opening takes at most a third of the three seconds that start-up has', async () => {
  const started = performance.now()
  await openGeo(NOTHING)
  expect(performance.now() - started).toBeLessThan(1_000)
})
