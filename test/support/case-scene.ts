import { aCase } from './cases.js'
import {
  accounts,
  linesOf,
  noOf,
  planned,
  risky,
  runAll,
  started,
  USD,
  type World,
} from './world.js'

type Try = { hoursAgo: number; country: string; ip: string; asn: number } & Partial<{
  succeeded: boolean
  hostile: boolean
  familiar: boolean
}>

const BOT = { ip: '203.0.113.1', asn: 64_500, hostile: true }
const HOME = { ip: '192.0.2.14', asn: 64_496, country: 'PT' }
const TRIES: readonly Try[] = [
  ...[700, 610, 460, 300, 170, 90].map((hoursAgo) => ({ ...HOME, hoursAgo, succeeded: true })),
  { ...HOME, hoursAgo: 172, familiar: true },
  ...Array.from({ length: 24 }, (_, index) => ({
    ...BOT,
    hoursAgo: 30 - index / 2,
    country: ['VN', 'BR', 'ID', 'US'][index % 4] ?? 'VN',
  })),
  { ...BOT, hoursAgo: 4, country: 'VN', succeeded: true },
]

/** Attempts on an account as a platform would have told them, already judged. */
async function tried(world: World, account: string, tries: readonly Try[]): Promise<void> {
  const accountNo = await noOf(world, account)
  await world.db.attempt.createMany({
    data: tries.map(({ hoursAgo, ip, asn, country, ...judged }, index) => ({
      sourceNo: 2,
      id: `${account}-${index}`,
      accountNo,
      at: new Date(Date.now() - hoursAgo * 3_600_000),
      ip,
      asn: BigInt(asn),
      country,
      succeeded: false,
      userAgent: judged.hostile
        ? 'python-requests/2.31'
        : 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      ...judged,
    })),
  })
}

/** Each scene is attacked from a source of its own: no cluster reaches into another. */
let scenes = 0

/** A case with everything on it: a sweep's evidence, and a cluster of others with cases. */
export async function aFullCase(world: World, name: string, others: readonly string[]) {
  scenes += 1
  const tries = TRIES.map((each) => (each.hostile ? { ...each, ip: `203.0.113.${scenes}` } : each))
  await accounts(world, [risky(name, { balance: USD('420.00') })])
  await tried(world, name, tries)
  const opened = await Promise.all(
    others.map(async (other) => {
      const id = await aCase(world, other)
      await tried(
        world,
        other,
        tries.filter(({ hostile, succeeded }) => hostile && !succeeded).slice(0, 6),
      )
      return id
    }),
  )
  const sweepId = await planned(world, {
    title: 'Index mail',
    lists: [{ text: linesOf([name]), name: 'leak.txt' }],
  })
  await started(world, sweepId)
  await runAll(world, sweepId)
  const { id } = await world.db.reviewCase.findFirstOrThrow({
    where: { accountNo: await noOf(world, name) },
  })
  return { id, others: opened }
}
