import {
  catalogueVersion,
  DEFAULT_CATALOGUE,
  parseCatalogue,
} from '../../../src/logins/catalogue.js'
import { Refusal } from '../../../src/platform/errors.js'

type Loose = Record<string, unknown>
const changed = (over: Loose): Loose => ({ ...structuredClone(DEFAULT_CATALOGUE), ...over })
const without = (name: string): Loose => {
  const { [name]: _left, ...rest } = changed({})
  return rest
}

function refusal(json: unknown): Refusal {
  try {
    parseCatalogue(json)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('The catalogue was accepted')
}
const places = (json: unknown) => refusal(json).options.errors?.map(({ path }) => path)

test('the catalogue Cordon starts with is a catalogue, and reading it changes nothing', () => {
  expect(parseCatalogue(DEFAULT_CATALOGUE)).toEqual(DEFAULT_CATALOGUE)
  expect(parseCatalogue(JSON.parse(JSON.stringify(DEFAULT_CATALOGUE)))).toEqual(DEFAULT_CATALOGUE)
  expect(catalogueVersion(DEFAULT_CATALOGUE)).toBe('hostile-logins@1')
})

test('wider sources never need less evidence than narrower ones', () => {
  const { credentialStuffing, passwordSpraying } = DEFAULT_CATALOGUE
  for (const { address, network, system } of [credentialStuffing, passwordSpraying]) {
    for (const threshold of ['failures', 'accounts', 'failureShare'] as const) {
      expect(network[threshold]).toBeGreaterThanOrEqual(address[threshold])
      expect(system[threshold]).toBeGreaterThanOrEqual(network[threshold])
    }
  }
})

test.each([
  ['another version', { version: 7 }],
  ['own networks of both kinds', { ownNetworks: ['192.0.2.0/24', '2001:db8::/32'] }],
  ['no learning', { newPlace: { learningLogins: 0 } }],
  ['the longest window', { bruteForce: { windowMinutes: 1_440, failures: 1 } }],
])('%s is accepted as it is', (_rule, over) => {
  expect(parseCatalogue(changed(over))).toEqual(changed(over))
})

test.each<[rule: string, json: unknown, path: string]>([
  ['nothing at all', undefined, ''],
  ['a list', [], ''],
  ['a catalogue without a detector', without('automation'), 'automation'],
  ['an unknown detector', changed({ telepathy: {} }), ''],
  ['an unknown threshold', changed({ newPlace: { learningLogins: 5, hunch: 1 } }), 'newPlace'],
  ['a name in capitals', changed({ name: 'Mine' }), 'name'],
  ['a name of one letter', changed({ name: 'm' }), 'name'],
  ['version 0', changed({ version: 0 }), 'version'],
  ['half a version', changed({ version: 1.5 }), 'version'],
  ['a network without a length', changed({ ownNetworks: ['192.0.2.0'] }), 'ownNetworks.0'],
  ['a network too long', changed({ ownNetworks: ['192.0.2.0/33'] }), 'ownNetworks.0'],
  [
    'no failures needed',
    changed({ bruteForce: { windowMinutes: 10, failures: 0 } }),
    'bruteForce.failures',
  ],
  [
    'a number as text',
    changed({ bruteForce: { windowMinutes: 10, failures: '10' } }),
    'bruteForce.failures',
  ],
  [
    'a window without length',
    changed({ bruteForce: { windowMinutes: 0, failures: 10 } }),
    'bruteForce.windowMinutes',
  ],
  [
    'a window longer than a day',
    changed({ bruteForce: { windowMinutes: 1_441, failures: 10 } }),
    'bruteForce.windowMinutes',
  ],
  [
    'a share in per cent',
    changed({ successAfterAttack: { ...DEFAULT_CATALOGUE.successAfterAttack, failureShare: 80 } }),
    'successAfterAttack.failureShare',
  ],
  [
    'a negative share of one level',
    changed({
      credentialStuffing: {
        ...DEFAULT_CATALOGUE.credentialStuffing,
        network: { failures: 1, accounts: 1, failureShare: -0.1 },
      },
    }),
    'credentialStuffing.network.failureShare',
  ],
  [
    'no speed at all',
    changed({ impossibleTravel: { ...DEFAULT_CATALOGUE.impossibleTravel, kilometresPerHour: 0 } }),
    'impossibleTravel.kilometresPerHour',
  ],
  [
    'what is not a number',
    changed({
      impossibleTravel: { ...DEFAULT_CATALOGUE.impossibleTravel, kilometres: Number.NaN },
    }),
    'impossibleTravel.kilometres',
  ],
])('%s is refused, with its place', (_rule, json, path) => {
  expect(refusal(json).code).toBe('catalogue_invalid')
  expect(places(json)).toEqual([path])
  expect(refusal(json).detail).toContain(`${path || '(top)'}: `)
})

test('every wrong place is named at once', () => {
  const wrong = changed({
    name: '',
    bruteForce: { windowMinutes: 0, failures: -1 },
    newPlace: { learningLogins: 2.5 },
  })
  const named = [
    'name',
    'bruteForce.windowMinutes',
    'bruteForce.failures',
    'newPlace.learningLogins',
  ]
  expect(places(wrong)).toEqual(named)
  for (const path of named) expect(refusal(wrong).detail).toContain(`${path}: `)
})
