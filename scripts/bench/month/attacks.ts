import { type Random, randomFrom, shuffle } from '../../../src/demo/data/random.js'
import { type AttackKind, DAY, HOUR, type Label, MINUTE, type MonthAttempt } from './label.js'
import type { Person } from './people.js'

type Campaign = { label: Label; start: number; random: Random; victims: readonly Person[] }

const SCRIPT = 'python-requests/2.32'
const BROWSER = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36'

/** How many campaigns of each kind, and how many accounts one is aimed at: from, and up to. */
const CAMPAIGNS: Record<AttackKind, { count: number; from: number; upTo: number }> = {
  brute_force: { count: 40, from: 1, upTo: 1 },
  credential_stuffing: { count: 14, from: 40, upTo: 600 },
  password_spraying: { count: 14, from: 8, upTo: 60 },
  distributed_spraying: { count: 8, from: 120, upTo: 300 },
  many_sources: { count: 40, from: 1, upTo: 1 },
  automation: { count: 40, from: 1, upTo: 1 },
}

/** Attacks begin on the fifteenth day: before that the platform learns who is who. */
export const LEARNING_DAYS = 15

/** Every attack of the month. */
export function attackedMonth(
  people: readonly Person[],
  start: number,
  seed: number,
): MonthAttempt[] {
  const random = randomFrom(seed, 'attacks')
  const old = people.filter(({ since }) => since === 0)
  return (Object.keys(CAMPAIGNS) as AttackKind[]).flatMap((kind) =>
    Array.from({ length: CAMPAIGNS[kind].count }, (_, no) => {
      const { from, upTo } = CAMPAIGNS[kind]
      const size = from + random.below(upTo - from + 1)
      const isHard = no === 0 && kind !== 'distributed_spraying' && size > 1
      const label = { campaign: `${kind}-${no}`, kind, isTakeover: false, isHard }
      const at = start + LEARNING_DAYS * DAY + random.below(14 * DAY)
      const victims = shuffle(old, random).slice(0, size)
      return ATTACK[kind]({ label, start: at, random, victims })
    }).flat(),
  )
}

/** Addresses nobody else uses; a hard campaign comes from inside an office. */
const hideout = (random: Random, { isHard }: Label) =>
  isHard
    ? '193.3.10.1'
    : `${200 + random.below(20)}.${random.below(250)}.${random.below(250)}.${1 + random.below(250)}`

type Shot = { person: Person; at: number; ip: string; userAgent?: string; device?: string }

const failure = (
  { label }: Campaign,
  { person, userAgent = SCRIPT, ...shot }: Shot,
): MonthAttempt => ({
  account: person.account,
  ...shot,
  userAgent,
  succeeded: false,
  label,
})

const takeover = (campaign: Campaign, shot: Shot): MonthAttempt => ({
  ...failure(campaign, shot),
  succeeded: true,
  label: { ...campaign.label, isTakeover: true },
})

const only = ({ victims }: Campaign) => victims[0] as Person
const times = <T>(count: number, make: (no: number) => T): T[] =>
  Array.from({ length: count }, (_, no) => make(no))

const ATTACK: Record<AttackKind, (campaign: Campaign) => MonthAttempt[]> = {
  brute_force(campaign) {
    const { random, start } = campaign
    const ips = times(1 + random.below(3), () => hideout(random, campaign.label))
    // Slow enough that a window of ten minutes holds ten and more, wherever it begins.
    const shots = times(25 + random.below(60), (no) =>
      failure(campaign, {
        person: only(campaign),
        at: start + no * 20_000,
        ip: random.pick(ips),
        device: 'one',
      }),
    )
    return withTakeover(campaign, shots, 0.4)
  },
  credential_stuffing(campaign) {
    const { random, start, victims } = campaign
    const ip = hideout(random, campaign.label)
    return victims.map((person, no) => {
      const shot = { person, at: start + no * (4_000 + random.below(6_000)), ip }
      return random.chance(0.015) ? takeover(campaign, shot) : failure(campaign, shot)
    })
  },
  password_spraying(campaign) {
    const { random, start, victims } = campaign
    const ip = hideout(random, campaign.label)
    const rounds = 2 + random.below(4)
    const every = Math.min(12 * MINUTE, (45 * MINUTE) / rounds)
    const shots = times(rounds, (round) =>
      victims.map((person, no) =>
        failure(campaign, { person, at: start + round * every + no * 3_000, ip }),
      ),
    ).flat()
    return withTakeover(campaign, shots, 0.5)
  },
  distributed_spraying(campaign) {
    const { random, start, victims } = campaign
    const proxies = times(80 + random.below(150), () => hideout(random, campaign.label))
    const shots = victims.flatMap((person) =>
      times(1 + random.below(3), () =>
        failure(campaign, {
          person,
          at: start + random.below(40 * MINUTE),
          ip: random.pick(proxies),
          userAgent: BROWSER,
        }),
      ),
    )
    return withTakeover(campaign, shots, 1)
  },
  many_sources(campaign) {
    const { random, start } = campaign
    const proxies = times(8 + random.below(32), () => hideout(random, campaign.label))
    const shots = times(12 + random.below(40), (no) =>
      failure(campaign, {
        person: only(campaign),
        at: start + no * 30_000,
        ip: proxies[no % proxies.length] as string,
        userAgent: BROWSER,
      }),
    )
    return withTakeover(campaign, shots, 0.4)
  },
  automation(campaign) {
    const { random, start } = campaign
    const ip = hideout(random, campaign.label)
    const rotatesAgent = random.chance(0.5)
    return times(14 + random.below(30), (no) =>
      failure(campaign, {
        person: only(campaign),
        at: start + no * 60_000,
        ip,
        userAgent: rotatesAgent ? `Browser/${no % 9}.0` : BROWSER,
        device: `rotated-${no}`,
      }),
    )
  },
}

/** Some attacks end in the account of somebody they tried, within three hours, from there or elsewhere. */
function withTakeover(campaign: Campaign, shots: MonthAttempt[], share: number): MonthAttempt[] {
  const { random, victims } = campaign
  if (!random.chance(share)) return shots
  const account = random.pick(shots).account
  const person = victims.find((victim) => victim.account === account) as Person
  const last = Math.max(...shots.filter((shot) => shot.account === account).map(({ at }) => at))
  const from = shots.find((shot) => shot.account === account) as MonthAttempt
  const ip = random.chance(0.6) ? from.ip : hideout(random, { ...campaign.label, isHard: false })
  return [...shots, takeover(campaign, { person, at: last + MINUTE + random.below(2 * HOUR), ip })]
}
