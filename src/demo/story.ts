import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { importAccounts } from '../accounts/import/service.js'
import { type App, mailboxFolder } from '../app.js'
import { decideCase } from '../cases/deciding/service.js'
import { claimNext } from '../cases/service.js'
import { openIncident, takeList } from '../exposures/service.js'
import { importAttempts } from '../logins/receiving/service.js'
import { hashPassword } from '../platform/credentials/password.js'
import { listMailbox } from '../platform/smtp-mailbox.js'
import { addKey } from '../staff/keys/service.js'
import { type AccountJson, demoAccounts } from './data/accounts.js'
import { demoAttempts } from './data/attempts.js'
import { demoLeak } from './data/leak.js'
import { postAttempts } from './login-service.js'
import { linkIn, ownerOf } from './owner.js'

export const DEMO_SEED = 20191101
const ACTOR = 'os:demo'
const OLD_PASSWORD = 'my dog is called Fermat'
const NEW_PASSWORD = 'seven quiet lighthouses in the fog'

export type Tell = (done: number, total: number) => void

export type DemoFiles = { leak: string[]; folder: string; owner: AccountJson; attempts: number }

/** Writes the leak to disk, imports the directory and two weeks of logins with an attack in them. */
export async function setTheScene(app: App, accounts: number, tell: Tell): Promise<DemoFiles> {
  const now = app.now()
  const directory = [...demoAccounts({ count: accounts, seed: DEMO_SEED })]
  const leak = demoLeak({ accounts: directory, seed: DEMO_SEED, now })
  const owner = ownerAmong(directory, new Set(leak.exposedIds))
  const records = directory.map((json) =>
    json === owner ? { ...json, password: OLD_PASSWORD } : json,
  )
  const deps = { ...app, hashPassword }
  await importAccounts(deps, numbered(records), {
    actor: ACTOR,
    onProgress: (done) => tell(done, accounts),
  })
  const exposed = leak.exposedIds
  const attempts = [...demoAttempts({ accounts: directory, exposed, seed: DEMO_SEED, now })]
  const lookUp = await app.places()
  await importAttempts({ db: app.db, lookUp }, numbered(attempts), { actor: ACTOR, source: 'demo' })
  const folder = join(app.config.dataDir, 'leak')
  mkdirSync(folder, { recursive: true })
  const paths = [...leak.messages, leak.csv].map(({ name, content }) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  })
  return { leak: paths, folder, owner, attempts: attempts.length }
}

async function* numbered(
  records: readonly unknown[],
): AsyncGenerator<{ index: number; json: unknown }> {
  for (const [position, json] of records.entries()) yield { index: position + 1, json }
}

/** Somebody the sweep will reset: exposed, known to have value and no second factor. */
function ownerAmong(directory: readonly AccountJson[], exposed: ReadonlySet<string>): AccountJson {
  const owner = directory.find(
    (account) =>
      exposed.has(account.id) &&
      account.status === 'active' &&
      account.locale === 'en' &&
      account.wantsLinks !== false &&
      account.secondFactors?.length === 0 &&
      Number(account.balance?.value) > 0,
  )
  if (!owner) throw new Error('The demo needs more accounts: at least 200')
  return owner
}

/** Stores the leak's files as the lists of one incident. */
export async function takeLeak(
  app: App,
  files: DemoFiles,
  open: (path: string) => Parameters<typeof takeList>[2],
) {
  const title = 'Index mail showed its recipients to each other'
  const incidentId = await openIncident(app, { title, actor: ACTOR })
  const listIds: string[] = []
  for (const path of files.leak)
    listIds.push((await takeList(app, incidentId, open(path), ACTOR)).id)
  return { incidentId, listIds }
}

export type OwnerStory = { before: string; after: string; oldPassword: string; newPassword: string }

/** Signs the owner in before the sweep; `after` goes on once their mail has come. */
export async function followOwner(app: App, files: DemoFiles, publicUrl: string) {
  const { key } = await addKey(app, { role: 'platform', name: 'demo platform', actor: ACTOR })
  const owner = ownerOf(files.owner.address, { url: publicUrl, key })
  const before = await owner.signIn(OLD_PASSWORD)
  const after = async (): Promise<OwnerStory> => {
    const dead = await owner.signIn(OLD_PASSWORD)
    const mail = (await listMailbox(mailboxFolder(app.config))).find(
      ({ recipient }) => recipient === files.owner.address,
    )
    const link = mail && (await linkIn(mail.file))
    if (!link) throw new Error('The owner got no mail with a link')
    const status = await owner.chooseNewPassword(link, NEW_PASSWORD)
    if (status >= 400) throw new Error(`The reset page answered ${status}`)
    return {
      before,
      after: dead,
      oldPassword: await owner.signIn(OLD_PASSWORD),
      newPassword: await owner.signIn(NEW_PASSWORD),
    }
  }
  return { after }
}

/** Claims the most urgent case and decides it as a reviewer would. */
export async function decideOneCase(app: App) {
  const claimed = await claimNext(app, ACTOR)
  if (!claimed) throw new Error('The demo opened no case')
  const claim = { caseId: claimed.id, reviewer: ACTOR, fence: claimed.fence }
  return decideCase(app, claim, {
    decision: 'keep_reset',
    reason: 'attack_succeeded',
    note: 'The attacker got in once. Value was held before anything could leave.',
  })
}

export type WatchStory = {
  accountId: string
  tierBefore: string
  tierAfter: string
  effects: string[]
  says: string
  /** From the moment the attempt was stored to the moment the account was held and reset. */
  latencyMs: number
}

const GUESSES = 12
const PATIENCE_MS = 15_000

/**
 * A day later somebody guesses at an exposed account that the sweep only told, and gets in. The
 * platform's login service posts each attempt; nobody at Cordon touches anything.
 */
export async function attackAfterTheSweep(
  app: App,
  sweepId: string,
  publicUrl: string,
): Promise<WatchStory> {
  const victim = await app.db.$queryRaw<{ id: string; no: bigint }[]>`
    SELECT c.id, c.no FROM action a
    JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no AND v.tier = 'listed'
    JOIN account c ON c.no = a.account_no AND c.status = 'active'
    WHERE a.sweep_id = ${sweepId} AND NOT EXISTS (SELECT FROM attempt t WHERE t.account_no = c.no)
    ORDER BY a.seq LIMIT 1`
  const [{ id: accountId, no: accountNo }] = victim as [{ id: string; no: bigint }]
  const { key: secret } = await addKey(app, {
    role: 'ingest',
    name: 'demo login service',
    actor: ACTOR,
  })
  const now = app.now().getTime()
  const attempt = (index: number, outcome: 'failure' | 'success') => ({
    id: `after-${index}`,
    account: { id: accountId },
    at: new Date(now - (GUESSES - index) * 1_000).toISOString(),
    ip: '203.0.113.200',
    outcome,
    userAgent: 'python-requests/2.32',
  })
  const guesses = Array.from({ length: GUESSES }, (_, index) => attempt(index, 'failure'))
  await postAttempts({ url: publicUrl, secret }, [...guesses, attempt(GUESSES, 'success')])
  const applied = await untilWatched(app, accountNo)
  const [signal] = await app.db.signal.findMany({
    where: { accountNo, kind: 'success_after_attack' },
  })
  return {
    accountId,
    tierBefore: 'listed',
    tierAfter: applied.tier,
    effects: applied.effects,
    says: signal?.says ?? '',
    latencyMs: (applied.appliedAt?.getTime() ?? 0) - applied.receivedAt.getTime(),
  }
}

async function untilWatched(app: App, accountNo: bigint) {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const found = await app.db.watchAction.findFirst({
      where: { accountNo, status: 'applied', effects: { has: 'reset' } },
    })
    if (found) return found
    await pause(20)
  }
  throw new Error('The watch did not protect the account')
}
