import fc from 'fast-check'
import { listedNetwork } from '../../../../src/logins/detectors/listed-network.js'
import type { Visit } from '../../../../src/logins/windows.js'

const visit = (minute: number, listed: string | null = null): Visit => ({
  at: new Date(Date.UTC(2026, 10, 2, 10, minute)),
  ip: '198.51.100.7',
  country: null,
  asn: null,
  device: null,
  userAgent: null,
  latitude: null,
  longitude: null,
  listed,
})
const lists = (...listed: (string | null)[]) =>
  listedNetwork(listed.map((list, minute) => visit(minute, list))).map(({ at }) => at.getMinutes())

test.each<[rule: string, listed: (string | null)[], foundAt: number[]]>([
  ['a network on no list is not remarkable', [null, null, null], []],
  ['the first login through Tor is', [null, null, 'tor'], [2]],
  ['a first login of all, too', ['tor'], [0]],
  ['whoever always uses a VPN is remarkable once', ['vpn', 'vpn', null, 'vpn'], [0]],
  ['each list is by itself', ['vpn', 'tor', 'vpn', 'tor', 'datacentre'], [0, 1, 4]],
])('%s', (_rule, listed, foundAt) => expect(lists(...listed)).toEqual(foundAt))

test('the sentence names the list and how many logins had not used it', () => {
  expect(listedNetwork([visit(0), visit(1, 'vpn'), visit(2, 'tor')])).toEqual([
    {
      kind: 'listed_network',
      at: visit(1).at,
      ip: '198.51.100.7',
      says: 'the first login through a network listed as vpn, after 1 login without',
    },
    {
      kind: 'listed_network',
      at: visit(2).at,
      ip: '198.51.100.7',
      says: 'the first login through a network listed as tor, after 2 logins without',
    },
  ])
})

test('the order in which logins arrive changes nothing', () => {
  const anyVisits = fc.array(
    fc
      .tuple(fc.nat({ max: 20 }), fc.constantFrom(null, 'tor', 'vpn'))
      .map(([minute, list]) => visit(minute, list)),
  )
  const shuffled = anyVisits.chain((visits) =>
    fc.tuple(fc.constant(visits), fc.shuffledSubarray(visits, { minLength: visits.length })),
  )
  fc.assert(
    fc.property(shuffled, ([visits, others]) =>
      expect(listedNetwork(others)).toEqual(listedNetwork(visits)),
    ),
  )
})
