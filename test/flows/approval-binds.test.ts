import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, mailRevision } from '../../src/mail/revision.js'
import type { Sender } from '../../src/mail/sender.js'
import { readBuild } from '../../src/platform/build.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import {
  accounts,
  asOwner,
  aWorld,
  linesOf,
  planned,
  risky,
  runAll,
  type World,
} from '../support/world.js'
import { anAddress, BOUND, SENDER } from '../unit/mail/fixtures.js'

// Whatever decides what reaches whom is what was approved, or nothing is approved and nothing starts.

let world: World
let build: string
beforeAll(async () => {
  build = mkdtempSync(join(tmpdir(), 'cordon-approval-'))
  for (const [name, content] of [
    ['package.json', '{"version":"0.1.0"}'],
    ['package-lock.json', '{"lockfileVersion":3}'],
    ['dist/cli.js', 'run()'],
    ['dist/mail/templates/reset.js', 'export const resetLetter = () => 1'],
    ['dist/mail/locales/ja.js', 'export const ja = {}'],
  ] as const) {
    mkdirSync(join(build, name, '..'), { recursive: true })
    writeFileSync(join(build, name), content)
  }
  world = await aWorld()
  world.fourEyes = true
  await accounts(
    world,
    Array.from({ length: 400 }, (_, index) => risky(`crowd-${index}`)),
  )
})
afterAll(async () => {
  rmSync(build, { recursive: true, force: true })
  await world.close()
})

const bound = (): Bound => ({ ...BOUND, build: readBuild(join(build, 'dist')) })
const refused = expect.objectContaining({ code: 'list_changed' })

let plans = 0
/** A plan of three accounts, made by the mailer that is described by sender and bound. */
async function aPlan(): Promise<{ mailer: World; sweepId: string }> {
  const mailer = { ...world, mailRevision: mailRevision(SENDER, bound()) }
  const ids = [0, 1, 2].map((index) => `crowd-${plans * 3 + index}`)
  plans += 1
  return {
    mailer,
    sweepId: await planned(mailer, { title: `plan ${plans}`, lists: [linesOf(ids)] }),
  }
}

async function approve(mailer: World, sweepId: string) {
  const { planDigest, resets } = await getSweep(world.db, sweepId)
  const request = { planDigest: planDigest ?? '', expectedResets: resets ?? 0 }
  return approveSweep(mailer, sweepId, { ...request, approver: 'os:ben' })
}

type Mutation = { sender?: Partial<Sender>; bound?: Partial<Bound>; byteIn?: string }
const BY_A_BYTE: [string, Mutation][] = [
  ['the lockfile', { byteIn: 'package-lock.json' }],
  ['a file of the build', { byteIn: 'dist/cli.js' }],
  ['a template’s text', { byteIn: 'dist/mail/templates/reset.js' }],
  ['a message of one language', { byteIn: 'dist/mail/locales/ja.js' }],
]
const SIGNING = {
  domain: 'shop.example',
  selector: 'r2027',
  algorithm: 'rsa-sha256',
  publicKey: 'AA==',
} as const
const MUTATIONS: [string, Mutation][] = [
  ...BY_A_BYTE,
  ['the sender', { sender: { from: anAddress('n0-reply@shop.example') } }],
  ['the origin of links', { sender: { publicUrl: 'https://shop.examp1e' } }],
  ['how long a link works', { sender: { linkHours: 23 } }],
  [
    'a limit of one provider',
    { bound: { shaping: { ...(BOUND.shaping as object), yahoo: { rate: 2 } } } },
  ],
  ['a provider more', { bound: { shaping: { ...(BOUND.shaping as object), gmx: { rate: 1 } } } }],
  ['another mail server', { bound: { transport: { ...SMTP(), host: 'mail2.shop.example' } } }],
  ['another port', { bound: { transport: { ...SMTP(), port: 587 } } }],
  ['no TLS', { bound: { transport: { ...SMTP(), secure: false } } }],
  ['another user of the mail server', { bound: { transport: { ...SMTP(), user: 'other' } } }],
  ['the embedded mailbox', { bound: { transport: { kind: 'embedded_mailbox' } } }],
  ['a longer canary', { bound: { waves: { ...BOUND.waves, canary: 49 } } }],
  ['no hold', { bound: { waves: { ...BOUND.waves, holdSeconds: 0 } } }],
  [
    'a softer stop',
    { bound: { waves: { ...BOUND.waves, stop: { ...BOUND.waves.stop, samples: 21 } } } },
  ],
  ['one seed mailbox less', { bound: { seeds: BOUND.seeds.slice(1) } }],
  ['another seed mailbox', { bound: { seeds: ['seed@gmail.example', 'sead@yahoo.example'] } }],
  ['another signature', { sender: { signing: [SIGNING] } }],
  ['another return domain', { bound: { returnDomain: null } }],
  ['another version', { bound: { build: { ...BOUND.build, version: '0.1.1' } } }],
]

function SMTP() {
  if (BOUND.transport.kind !== 'smtp') throw new Error('The fixture is a real server')
  return BOUND.transport
}

/** The same installation after that change. */
function mutated(mailer: World, { sender, bound: over, byteIn }: Mutation): World {
  if (byteIn) appendFileSync(join(build, byteIn), ' ')
  const content: Bound = { ...bound(), ...over }
  return { ...mailer, mailRevision: mailRevision({ ...SENDER, ...sender }, content) }
}

describe.each(MUTATIONS)('%s', (_what, mutation) => {
  test('changed after the plan: it is not approved', async () => {
    const { mailer, sweepId } = await aPlan()
    await expect(approve(mutated(mailer, mutation), sweepId)).rejects.toEqual(refused)
    expect(await world.db.approval.count({ where: { sweepId } })).toBe(0)
    expect((await approve(mailer, sweepId)).status).toBe('approved')
  })
  test('changed after the approval: it is not started', async () => {
    const { mailer, sweepId } = await aPlan()
    await approve(mailer, sweepId)
    await expect(startSweep(mutated(mailer, mutation), sweepId, 'os:ben')).rejects.toEqual(refused)
    expect((await getSweep(world.db, sweepId)).status).toBe('approved')
  })
})

describe('the audience', () => {
  test('an account that gets another verdict after the approval: nothing starts', async () => {
    const { mailer, sweepId } = await aPlan()
    await approve(mailer, sweepId)
    const statement = "UPDATE verdict SET effects = '{notify}' WHERE sweep_id = $1"
    await asOwner(world, statement, [sweepId])
    await expect(startSweep(mailer, sweepId, 'os:ben')).rejects.toEqual(refused)
  })
  test.each([
    [
      'one account that is swapped for another',
      'UPDATE action SET account_no = account_no + 300 WHERE sweep_id = $1 AND seq = 2',
    ],
    ['one account that is left out', 'DELETE FROM action WHERE sweep_id = $1 AND seq = 3'],
  ])('%s: no chunk of it runs, and nobody is mailed', async (_what, statement) => {
    const { mailer, sweepId } = await aPlan()
    await approve(mailer, sweepId)
    await asOwner(world, statement, [sweepId])
    await startSweep(mailer, sweepId, 'os:ben')
    await expect(runAll(mailer, sweepId)).rejects.toMatchObject({ code: 'plan_digest_wrong' })
    expect(await world.db.mail.count({ where: { sweepId } })).toBe(0)
  })
})

test('the same build on two machines approves what the other one planned', async () => {
  const { sweepId } = await aPlan()
  const elsewhere = {
    ...world,
    mailRevision: mailRevision({ ...SENDER }, structuredClone(bound())),
  }
  expect((await approve(elsewhere, sweepId)).status).toBe('approved')
  await startSweep(elsewhere, sweepId, 'os:ben')
})

test('the order in which seed mailboxes are named does not matter', () => {
  const turned = { ...BOUND, seeds: [...BOUND.seeds].reverse() }
  expect(mailRevision(SENDER, turned)).toBe(mailRevision(SENDER, BOUND))
})
