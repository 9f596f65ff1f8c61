import { setTimeout as pause } from 'node:timers/promises'
import { generateSync } from 'otplib'
import { importAccounts } from '../../src/accounts/import/service.js'
import type { App } from '../../src/app.js'
import { openAll } from '../../src/cases/service.js'
import { STAFF_ROLES } from '../../src/contract/acts.js'
import { openIncident, takeList } from '../../src/exposures/service.js'
import { startListeners } from '../../src/listeners.js'
import { hashPassword } from '../../src/platform/credentials/password.js'
import { inTx } from '../../src/platform/db.js'
import { mintTokens, orderAll } from '../../src/resets/service.js'
import { addKey } from '../../src/staff/keys/service.js'
import { enrol, invite, readInvitation } from '../../src/staff/people/service.js'
import { approveSweep, startSweep } from '../../src/sweeps/control/service.js'
import { requestForIncident } from '../../src/sweeps/planning/service.js'
import { startWorkers } from '../../src/workers.js'

const ACTOR = 'os:scan'
const PASSWORD = 'quiet lantern over tundra 7'

export type Target = {
  staff: string
  public: string
  /** What a caller of each kind shows; `session` is renewed while the scan runs. */
  keys: { automation: string; platform: string; ingest: string }
  session: { cookie: string }
  /** Live ids and tokens, by the path segment that stands before them or the field that takes them. */
  known: Readonly<Record<string, string>>
  renewSession(): Promise<void>
  close(): Promise<void>
}

/** A Cordon as in production: workers, both listeners, somebody with every role, keys, data. */
export async function startTarget(app: App): Promise<Target> {
  const workers = await startWorkers(app)
  const listeners = await startListeners(app)
  const key = async (role: 'automation' | 'platform' | 'ingest') =>
    (await addKey(app, { role, name: `scan ${role}`, actor: ACTOR })).key
  const person = await enrolled(app)
  const session = { cookie: await signedIn(listeners.staff, person) }
  return {
    staff: listeners.staff,
    public: listeners.public,
    keys: {
      automation: await key('automation'),
      platform: await key('platform'),
      ingest: await key('ingest'),
    },
    session,
    known: { ...(await filled(app, person.id)), email: person.email },
    async renewSession() {
      session.cookie = await signedIn(listeners.staff, person)
    },
    async close() {
      await listeners.close()
      await workers.close()
    },
  }
}

type Person = { id: string; email: string; codes: string[] }

async function enrolled(app: App): Promise<Person> {
  const email = 'scan@cordon.example'
  const { id, token } = await inTx(app.db, (tx) =>
    invite(tx, app.cipher, { email, name: 'Scan', roles: STAFF_ROLES, actor: ACTOR }),
  )
  const { secret } = await readInvitation(app, token)
  const code = generateSync({ secret })
  return { id, email, codes: await enrol(app, { token, password: PASSWORD, code }) }
}

/** By a recovery code: the authenticator's would have to wait for its next time step. */
async function signedIn(staff: string, { email, codes }: Person): Promise<string> {
  const answer = await fetch(`${staff}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD, totp: codes.pop() ?? '' }),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`signing in for the scan was answered with ${answer.status}`)
  return cookie
}

const ACCOUNTS = 50

async function filled(app: App, personId: string): Promise<Record<string, string>> {
  await importAccounts({ ...app, hashPassword }, someAccounts(), { actor: ACTOR })
  const incident = await openIncident(app, { title: 'Scan', actor: ACTOR })
  const list = await takeList(app, incident, someLines(), ACTOR)
  const { no } = await app.db.account.findUniqueOrThrow({ where: { id: 'scan-1' } })
  const reset = await inTx(app.db, async (tx) => {
    const [order] = await orderAll(tx, [{ accountNo: no }], null)
    return [...(await mintTokens(tx, order ? [order.resetNo] : [])).values()][0] ?? ''
  })
  const guest = { email: 'guest@cordon.example', name: 'Guest', roles: STAFF_ROLES, actor: ACTOR }
  const invited = await inTx(app.db, (tx) => invite(tx, app.cipher, guest))
  return {
    accounts: 'scan-1',
    incidents: incident,
    lists: list.id,
    staff: invited.id,
    ...(await swept(app, incident, personId)),
    token: invited.token,
    reset,
  }
}

/** A sweep that ran and opened cases, one of them by its id. */
async function swept(app: App, incidentId: string, personId: string) {
  const asked = { incidentId, actor: ACTOR }
  const { id } = await inTx(app.db, (tx) => requestForIncident(tx, asked, app))
  const plan = await until(async () => {
    const sweep = await app.db.sweep.findUniqueOrThrow({ where: { id } })
    return sweep.status === 'planned' ? sweep : undefined
  })
  const approver = `staff:${personId}`
  const { planDigest, resets } = plan
  await approveSweep(app, id, {
    planDigest: planDigest ?? '',
    expectedResets: resets ?? 0,
    approver,
  })
  await startSweep(app, id, approver)
  const { accountNo } = await until(() =>
    app.db.outcome.findFirst({ where: { sweepId: id }, select: { accountNo: true } }),
  )
  const doubt = { tier: 'undelivered', score: 100, because: ['mail_unknown'] }
  await inTx(app.db, (tx) =>
    openAll(tx, [{ accountNo, sweepId: id, ...doubt, priority: 'high' }], ACTOR),
  )
  const opened = await app.db.reviewCase.findFirstOrThrow()
  return { sweeps: id, cases: opened.id }
}

async function until<T>(look: () => Promise<T | null | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await look()
    if (found) return found
    await pause(100)
  }
  throw new Error('the sweep of the scan did not run within 30 s')
}

async function* someAccounts() {
  for (let index = 1; index <= ACCOUNTS; index += 1) {
    const id = `scan-${index}`
    yield {
      index,
      json: { id, address: `${id}@shop.example`, secondFactors: [], status: 'active' },
    }
  }
}

const someLines = () => ({
  name: 'scan.txt',
  open: async function* () {
    yield Buffer.from('scan-1@shop.example\nno address\nscan-2@shop.example\n')
  },
})
