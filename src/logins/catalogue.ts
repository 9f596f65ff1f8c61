import { z } from 'zod'
import { Refusal } from '../platform/errors.js'
import { COUNTED_AT_MOST } from './windows.js'

const count = z.int().min(1).max(COUNTED_AT_MOST)
const tally = z.int().min(1).max(1_000_000)
const minutes = z.int().min(1).max(1_440)
const share = z.number().min(0).max(1)
/** Beside a full window of failures no more successes are counted than tell a tenth. */
const failureShare = z.number().min(0.1).max(1)
const network = z.union([z.cidrv4(), z.cidrv6()])

const stuffing = z.strictObject({ failures: count, accounts: count, failureShare })
const spraying = z.strictObject({ failures: count, accounts: count, failureShare })

const catalogue = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,48}$/, 'use lower-case words joined by -'),
  version: z.int().min(1),
  /** The platform's own egress and proxies: never a source, never blamed. */
  ownNetworks: z.array(network).max(1_000),
  bruteForce: z.strictObject({ windowMinutes: minutes, failures: count }),
  manySources: z.strictObject({
    windowMinutes: minutes,
    failures: count,
    sources: count,
    orCountries: count,
    orNetworks: count,
    orSources: count,
    orAgents: count,
  }),
  automation: z.strictObject({
    windowMinutes: minutes,
    tries: count,
    devices: count,
    devicesPerTry: share,
    triesWithoutDevice: count,
    deviceCoverage: share,
    agents: count,
  }),
  credentialStuffing: z.strictObject({
    windowMinutes: minutes,
    triedUpToTwiceShare: share,
    address: stuffing,
    network: stuffing,
    system: stuffing,
  }),
  passwordSpraying: z.strictObject({
    windowMinutes: minutes,
    mostPerAccount: count,
    triedTwoToSixShare: share,
    lastsMinutes: minutes,
    address: spraying,
    network: spraying,
    system: spraying,
  }),
  distributedSpraying: z.strictObject({
    windowMinutes: minutes,
    sources: tally,
    accounts: tally,
    failures: tally,
    triesPerAccount: count,
    accountsPerSource: z.number().min(0).max(1_000),
    timesUsual: z.number().min(1).max(1_000),
  }),
  successAfterAttack: z.strictObject({
    withinMinutes: minutes,
    strangerOn: count,
    failureShare,
  }),
  impossibleTravel: z.strictObject({
    kilometresPerHour: z.number().min(1),
    kilometres: z.number().min(0),
    learningDays: z.int().min(0).max(90),
    learningLogins: z.int().min(0).max(1_000),
  }),
  newPlace: z.strictObject({ learningLogins: z.int().min(0).max(1_000) }),
})

/** The thresholds of every detector, as versioned data. */
export type Catalogue = z.output<typeof catalogue>

export const catalogueVersion = ({ name, version }: Catalogue): string => `${name}@${version}`

/** Reads a catalogue from parsed JSON. Refuses with `catalogue_invalid`, naming every place that is wrong. */
export function parseCatalogue(json: unknown): Catalogue {
  const parsed = catalogue.safeParse(json)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }))
  const list = errors.map(({ path, message }) => `${path || '(top)'}: ${message}`).join('; ')
  throw new Refusal('catalogue_invalid', `The catalogue cannot be used. ${list}`, { errors })
}

/**
 * The catalogue Cordon starts with. Sources: elastic/detection-rules (Okta credential access rules)
 * unless a detector's own file says otherwise. Networks and systems hold many people, so they need
 * more evidence than one address before they are blamed. Two thresholds are looser than theirs, since
 * failures from familiar places are not counted here: `triedUpToTwiceShare` (0.8 there), so that who
 * tries half of them three times does not fall between stuffing and spraying; and
 * `accountsPerSource` (1 there), since a sprayer may have more addresses than accounts.
 */
export const DEFAULT_CATALOGUE: Catalogue = {
  name: 'hostile-logins',
  version: 1,
  ownNetworks: [],
  bruteForce: { windowMinutes: 10, failures: 10 },
  manySources: {
    windowMinutes: 30,
    failures: 10,
    sources: 5,
    orCountries: 2,
    orNetworks: 3,
    orSources: 8,
    orAgents: 3,
  },
  automation: {
    windowMinutes: 30,
    tries: 10,
    devices: 7,
    devicesPerTry: 0.5,
    triesWithoutDevice: 12,
    deviceCoverage: 0.15,
    agents: 5,
  },
  credentialStuffing: {
    windowMinutes: 15,
    triedUpToTwiceShare: 0.5,
    address: { failures: 25, accounts: 15, failureShare: 0.6 },
    network: { failures: 50, accounts: 30, failureShare: 0.8 },
    system: { failures: 200, accounts: 100, failureShare: 0.9 },
  },
  passwordSpraying: {
    windowMinutes: 60,
    mostPerAccount: 8,
    triedTwoToSixShare: 0.6,
    lastsMinutes: 5,
    address: { failures: 15, accounts: 5, failureShare: 0.6 },
    network: { failures: 40, accounts: 15, failureShare: 0.8 },
    system: { failures: 200, accounts: 80, failureShare: 0.9 },
  },
  distributedSpraying: {
    windowMinutes: 15,
    sources: 5,
    accounts: 8,
    failures: 25,
    triesPerAccount: 5,
    accountsPerSource: 0.25,
    timesUsual: 3,
  },
  successAfterAttack: { withinMinutes: 180, strangerOn: 15, failureShare: 0.8 },
  impossibleTravel: {
    kilometresPerHour: 900,
    kilometres: 50,
    learningDays: 14,
    learningLogins: 10,
  },
  newPlace: { learningLogins: 5 },
}
