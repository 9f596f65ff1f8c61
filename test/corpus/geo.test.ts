import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Refusal } from '../../src/platform/errors.js'
import { type Geo, type GeoOptions, openGeo, type Place } from '../../src/platform/geo.js'
import { type Ip, parseNetwork } from '../../src/platform/ip.js'
import { describeCorpus, listFixtures, readFixture } from './fixtures.js'

const NOTHING: GeoOptions = { countryDb: undefined, asnDb: undefined, listedNetworks: undefined }
const NOWHERE: Place = { country: null, asn: null, latitude: null, longitude: null, listed: null }

type Row = {
  country?: { iso_code?: string }
  location?: { latitude?: number; longitude?: number }
  autonomous_system_number?: number
}
type Known = { ip: string; place: Partial<Place> }

/** A network's addresses as numbers, so that those before and after it can be written. */
const numberOf = (ip: Ip) => ip.reduce((sum, word) => (sum << 32n) + BigInt(word), 0n)
const write = (ip: bigint, version: number) =>
  version === 4
    ? [24n, 16n, 8n, 0n].map((shift) => (ip >> shift) & 255n).join('.')
    : (ip.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':')

const position = ({ country, location }: Row): Partial<Place> => ({
  country: country?.iso_code ?? null,
  latitude: location?.latitude ?? null,
  longitude: location?.longitude ?? null,
})
const system = (row: Row): Partial<Place> => ({
  asn: row.autonomous_system_number === undefined ? null : BigInt(row.autonomous_system_number),
})

/**
 * Every network of a source file with what it says of its first address. In the sources an IPv4
 * network may stand as `::1.2.3.0/120`, where the tree has it. A later row wins over an earlier one.
 */
function known(dir: string, source: string, tell: (row: Row) => Partial<Place>): Known[] {
  const rows = JSON.parse(readFixture(dir, `source-data/${source}.json`)) as Record<string, Row>[]
  const places = new Map<string, Known>()
  for (const [network, row] of rows.flatMap((each) => Object.entries(each))) {
    const { first } = parseNetwork(network)!
    const isIpv4 = first.length === 1 || numberOf(first) >> 32n === 0n
    const ip = write(numberOf(first), isIpv4 ? 4 : 6)
    places.set(ip, { ip, place: tell(row) })
  }
  return [...places.values()]
}

describeCorpus('maxmind-test-db', (dir) => {
  const table = (name: string) => join(dir, 'test-data', `${name}.mmdb`)
  const BESIDE: GeoOptions = { ...NOTHING, asnDb: table('GeoLite2-ASN-Test') }

  test.each([
    ['GeoLite2-Country-Test', 'countryDb', position, 244],
    ['GeoIP2-Country-Test', 'countryDb', position, 345],
    ['GeoLite2-City-Test', 'countryDb', position, 242],
    ['GeoIP2-City-Test', 'countryDb', position, 250],
    ['GeoIP2-Enterprise-Test', 'countryDb', position, 34],
    ['GeoIP2-Precision-Enterprise-Test', 'countryDb', position, 61],
    ['GeoLite2-ASN-Test', 'asnDb', system, 720],
    ['GeoIP2-ISP-Test', 'asnDb', system, 2_109],
  ] as const)('every network of %s is where its source says', async (name, option, tell, count) => {
    const geo = await openGeo({ ...BESIDE, [option]: table(name) })
    const expected = known(dir, name, tell)
    expect(expected).toHaveLength(count)
    expect(expected.map(({ ip }) => ({ ip, place: geo.lookUp(ip) }))).toEqual(
      expected.map(({ ip, place }) => ({ ip, place: expect.objectContaining(place) })),
    )
  })

  test('a city table gives coordinates, a country table none', async () => {
    const city = await openGeo({ ...BESIDE, countryDb: table('GeoLite2-City-Test') })
    const country = await openGeo({ ...BESIDE, countryDb: table('GeoLite2-Country-Test') })
    const place = { ...NOWHERE, country: 'GB' }
    expect(city.lookUp('81.2.69.142')).toEqual({ ...place, latitude: 51.5142, longitude: -0.0931 })
    expect(country.lookUp('81.2.69.142')).toEqual(place)
  })

  test('country and autonomous system come from their own tables at once', async () => {
    const geo = await openGeo({
      ...NOTHING,
      countryDb: table('GeoLite2-Country-Test'),
      asnDb: table('GeoLite2-ASN-Test'),
    })
    expect(geo.lookUp('89.160.20.112')).toEqual({ ...NOWHERE, country: 'SE', asn: 29_518n })
  })

  test.each([
    ['GeoLite2-ASN-Test', 'countryDb', 'countries'],
    ['GeoIP2-Anonymous-IP-Test', 'countryDb', 'countries'],
    ['GeoIP2-Static-IP-Score-Test', 'asnDb', 'autonomous system numbers'],
  ] as const)('%s as %s is refused', async (name, option, missing) => {
    const opening = openGeo({ ...BESIDE, [option]: table(name) })
    await expect(opening).rejects.toThrow(`holds no ${missing}; it is a database of type`)
  })

  test('a tree larger than its file is refused', async () => {
    const opening = openGeo({ ...BESIDE, countryDb: table('GeoIP2-City-Test-Invalid-Node-Count') })
    await expect(opening).rejects.toThrow('is damaged')
  })

  test.each([
    ['MaxMind-DB-test-broken-pointers-24'],
    ['MaxMind-DB-test-broken-search-tree-24'],
    ['GeoIP2-City-Test-Broken-Double-Format'],
  ])('%s is opened, and what is damaged in it is unknown', async (name) => {
    const geo = await openGeo({ ...BESIDE, countryDb: table(name) })
    expectPlaces(geo, everywhere(dir))
    expect(geo.lookUp('1.1.1.32')).toEqual(NOWHERE)
  })

  test.each(listFixtures(dir, (path) => path.startsWith('test-data')))(
    '%s is refused, or every look-up in it answers',
    async (path) => {
      for (const option of ['countryDb', 'asnDb'] as const) {
        const geo = await openedOrRefused({ ...BESIDE, [option]: join(dir, path) })
        if (geo) expectPlaces(geo, everywhere(dir))
      }
    },
  )

  test('a table with any bytes changed is refused, or every look-up in it answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordon-damaged-'))
    const whole = readFileSync(table('GeoLite2-City-Test'))
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    const ips = everywhere(dir)
    const damaged = fc.asyncProperty(fc.array(change, { minLength: 1 }), async (changes) => {
      const bytes = Buffer.from(whole)
      for (const [index, byte] of changes) bytes[index] = byte
      writeFileSync(join(folder, 'damaged.mmdb'), bytes)
      const geo = await openedOrRefused({ ...BESIDE, countryDb: join(folder, 'damaged.mmdb') })
      if (geo) expectPlaces(geo, ips)
    })
    await fc.assert(damaged, { numRuns: 150 })
    rmSync(folder, { recursive: true })
  })
})

const everywhere = (dir: string) => [
  ...known(dir, 'GeoLite2-City-Test', position).map(({ ip }) => ip),
  ...['0.0.0.0', '1.1.1.1', '1.1.1.32', '127.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::1.1.1.1', '::ffff:1.1.1.1', '2001:db8::1', '2002:101:101::'],
]

async function openedOrRefused(options: GeoOptions) {
  return openGeo(options).catch((reason: unknown) => {
    if (reason instanceof Refusal && reason.code === 'configuration_invalid') return undefined
    throw reason
  })
}

/** That each is a place, and no half of one. */
function expectPlaces(geo: Geo, ips: readonly string[]): void {
  const wrong = ips
    .map((ip) => ({ ip, place: geo.lookUp(ip) }))
    .filter(({ place }) => !isPlace(place))
  expect(wrong).toEqual([])
}

const isPlace = ({ country, asn, latitude, longitude, listed }: Place): boolean =>
  /^[A-Z]{2}$/.test(country ?? 'XX') &&
  (asn === null || asn > 0n) &&
  Math.abs(latitude ?? 0) <= 90 &&
  Math.abs(longitude ?? 0) <= 180 &&
  (latitude === null) === (longitude === null) &&
  listed === null

describeCorpus('tor-ip-addresses', (dir) => {
  testLists(dir, ['tor-exit-nodes.lst', 'tor-nodes.lst'], [1_746, 8_054])
})

describeCorpus('x4bnet-vpn-dc', (dir) => {
  const paths = ['datacenter/ipv4', 'datacenter/ipv6', 'vpn/ipv4', 'vpn/ipv6']
  const files = paths.map((path) => `output/${path}.txt`)
  testLists(dir, files, [42_566, 8_752, 10_862, 498])
})

/** Each list alone, then all together. */
function testLists(dir: string, files: readonly string[], lines: readonly number[]): void {
  const lists = files.map((path) => ({ name: path.replace(/\W/g, '_'), path: join(dir, path) }))
  const open = (files: typeof lists) =>
    openGeo({ ...NOTHING, listedNetworks: { kind: 'files', files } })

  test.each(lists.map((list, index) => [files[index], list, lines[index]] as const))(
    'the networks of %s are listed to their first and last address, and nothing beside them',
    async (path, list, count) => {
      const geo = await open([list])
      const networks = readNetworks(dir, path!)
      expect(networks).toHaveLength(count!)
      const starts = new Set(networks.map(({ first }) => first))
      const ends = new Set(networks.map(({ last }) => last))
      const wrong = networks.flatMap(({ first, last, version }) =>
        [
          { ip: first, expected: list.name },
          { ip: last, expected: list.name },
          { ip: first - 1n, expected: ends.has(first - 1n) ? list.name : null },
          { ip: last + 1n, expected: starts.has(last + 1n) ? list.name : null },
        ].filter(({ ip, expected }) => geo.lookUp(write(ip, version)).listed !== expected),
      )
      expect(wrong).toEqual([])
    },
  )

  test('the first of all lists names an address', async () => {
    const geo = await open(lists)
    const first = new Map<string, string>()
    for (const [index, path] of files.entries())
      for (const network of readNetworks(dir, path)) {
        const ip = write(network.first, network.version)
        first.set(ip, first.get(ip) ?? lists[index]!.name)
      }
    const named = [...first.keys()].map((ip) => [ip, geo.lookUp(ip).listed])
    const rank = (name: unknown) => lists.findIndex((list) => list.name === name)
    expect(named.filter(([ip, name]) => rank(name) > rank(first.get(ip!)))).toEqual([])
    expect(named.filter(([, name]) => name === null)).toEqual([])
  })
}

function readNetworks(dir: string, path: string) {
  return readFixture(dir, path)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [text = '', bits] = line.split('/')
      const version = text.includes(':') ? 6 : 4
      const length = version === 4 ? 32 : 128
      const first = numberOf(parseNetwork(text)!.first)
      return { version, first, last: first + (1n << BigInt(length - Number(bits ?? length))) - 1n }
    })
}
