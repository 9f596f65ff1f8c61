import type { StaffRole } from '../../../src/contract/acts.js'
import { STAFF_ROLES } from '../../../src/contract/acts.js'
import { NOWHERE } from '../../../src/logins/place.js'
import { openInbox } from '../../../src/logins/receiving/service.js'
import { listen } from '../../../src/platform/http/server.js'
import { buildPublicApp } from '../../../src/public-listener.js'
import { DEFAULT_TERMS } from '../../../src/resets/service.js'
import { addKey } from '../../../src/staff/keys/service.js'
import { type Browser, type StaffServer, startStaff } from '../staff.js'
import { accounts, hostile, linesOf, planned, risky, runAll, safe, started } from '../world.js'
import { countChanges, noteChanges, unauditedChanges } from './changes.js'
import { type ApiDocument, type Asker, fuzz, type Outcome } from './fuzz.js'

export type FuzzResult = Outcome & {
  changes: number
  unaudited: { changed: string; transactions: number }[]
}

const FAST = { perSecond: 100_000, burst: 100_000 }

/**
 * Fuzzes every call of both listeners on a database with a finished sweep, as people of every role,
 * as machines and as nobody, and looks for changes without an audit row.
 */
export async function runFuzz(
  requests: number,
  { seed, onProgress = () => undefined }: { seed: number; onProgress?: (done: number) => void },
): Promise<FuzzResult> {
  const staff = await startStaff(undefined, { pace: FAST })
  const { world, deps } = staff
  const inbox = openInbox({ ...world, lookUp: () => NOWHERE, liveSecrets: async () => [] })
  const open = await listen(
    buildPublicApp({ ...deps, inbox, issuer: 'https://cordon.test', resetTerms: DEFAULT_TERMS }),
    {
      host: '127.0.0.1',
      port: 0,
    },
  )
  deps.origins().public = open.url
  try {
    await populate(staff)
    const askers = await askersOf(staff)
    const { body } = await staff.ask('GET', '/openapi.json')
    await noteChanges(world)
    const outcome = await fuzz({
      document: body as ApiDocument,
      askers,
      ids: await idsIn(staff),
      requests,
      seed,
      onProgress,
    })
    const changes = await countChanges(world)
    return { ...outcome, changes, unaudited: await unauditedChanges(world) }
  } finally {
    await open.close()
    await inbox.close()
    await staff.close()
  }
}

const idsIn = async ({ world: { db } }: StaffServer): Promise<string[]> =>
  (
    await db.$queryRaw<{ id: string }[]>`
      SELECT id FROM account UNION ALL SELECT id FROM review_case UNION ALL SELECT id FROM sweep
      UNION ALL SELECT id FROM incident UNION ALL SELECT id FROM list`
  ).map(({ id }) => id)

/** Accounts, a sweep that ran with its cases, and one that waits for approval. */
async function populate({ world }: StaffServer): Promise<void> {
  const ids = Array.from({ length: 40 }, (_, at) => `acc${at}`)
  await accounts(
    world,
    ids.map((id, at) => (at % 2 ? risky(id) : safe(id))),
  )
  for (const id of ids.slice(0, 20)) await hostile(world, id)
  const lists = [linesOf(ids)]
  await runAll(world, await started(world, await planned(world, { title: 'ran', lists })))
  await planned(world, { title: 'waits', lists })
}

async function askersOf(staff: StaffServer): Promise<Asker[]> {
  const everything = person(staff, STAFF_ROLES)
  return [
    everything,
    everything,
    everything,
    person(staff, ['approver']),
    person(staff, ['reviewer']),
    machine(staff, 'automation'),
    machine(staff, 'platform'),
    { name: 'nobody', headers: async () => ({}) },
  ]
}

const LOOK_EVERY = 10

/** Looks after an asker every few requests: others throw them out, and then another one comes. */
function lookedAfter(name: string, look: () => Promise<Record<string, string>>): Asker {
  let asked = 0
  let looking: Promise<Record<string, string>> | undefined
  return {
    name,
    headers() {
      if (looking === undefined || asked % LOOK_EVERY === 0) looking = look()
      asked += 1
      return looking
    },
  }
}

/** A machine with a key of this role; another key when it was revoked. */
function machine({ world: { db }, deps }: StaffServer, role: 'automation' | 'platform'): Asker {
  let now: { id: string; key: string } | undefined
  return lookedAfter(role, async () => {
    const isLive = now && (await db.apiKey.count({ where: { id: now.id, revokedAt: null } })) === 1
    if (!isLive) now = await addKey(deps, { role, name: 'fuzz', actor: 'os:test' })
    return { authorization: `Bearer ${now?.key}` }
  })
}

/** Somebody with these roles; another one when they signed out, were dismissed or changed. */
function person(staff: StaffServer, roles: readonly StaffRole[]): Asker {
  let now: Browser | undefined
  return lookedAfter(roles.join('+'), async () => {
    const isHere = now && (await now.ask('GET', '/v1/session')).status === 200
    if (!isHere) {
      await staff.world.db.$executeRaw`DELETE FROM sign_in_wait`
      now = await staff.signedIn(roles)
    }
    await staff.world.db
      .$executeRaw`UPDATE staff_session SET factor_at = now() WHERE staff_id = ${now!.id}`
    return { cookie: now?.cookie ?? '' }
  })
}
