import { holdAll } from '../../../src/accounts/service.js'
import { raiseAll } from '../../../src/cases/service.js'
import { inTx } from '../../../src/platform/db.js'
import { orderAll } from '../../../src/resets/service.js'
import { aCase, audited, emptyQueue, someCases, standing } from '../../support/cases.js'
import { type Asked, type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import { accounts, noOf, risky, USD } from '../../support/world.js'

let server: StaffServer
let ana: Browser
let ben: Browser
let cleo: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['reviewer'])
  ben = await server.signedIn(['reviewer'])
  cleo = await server.signedIn(['reviewer'])
})
afterAll(() => server.close())
beforeEach(() => emptyQueue(server.world))

const code = ({ status, body }: Asked) => [status, body.type?.split(':').at(-1)]
const RELEASE = { decision: 'release', reason: 'owner_confirmed', note: 'Checked by phone.' }
const RICH = { balance: '10000.01' }

/** A held account with a reset, whose release somebody proposed. */
async function proposed(account: string, over: object = RICH) {
  const id = await aCase(server.world, account, over)
  const accountNo = await noOf(server.world, account)
  await inTx(server.world.db, async (tx) => {
    await holdAll(tx, [accountNo], 'sweep:swp_1')
    await orderAll(tx, [{ accountNo }], null)
  })
  const { fence } = (await ana.ask('POST', `/v1/cases/${id}/claim`)).body
  const answer = await ana.ask('POST', `/v1/cases/${id}/decision`, { fence, ...RELEASE })
  return { id, fence, answer }
}
const confirmation = (who: Browser, id: string, body: object = { agrees: true }) =>
  who.ask('POST', `/v1/cases/${id}/confirmation`, body)

test.each([
  ['above the limit', '10000.01', 'awaiting_second'],
  ['exactly the limit', '10000', 'decided'],
  ['unknown', null, 'awaiting_second'],
  ['nothing', '0', 'decided'],
])('releasing an account with %s is %s → %s', async (what, balance, status) => {
  const { answer } = await proposed(`limit-${what.replaceAll(' ', '-')}`, { balance })
  expect(answer.body.status).toBe(status)
})

test('the value that counts is the account’s now, not when the case was opened', async () => {
  const id = await aCase(server.world, 'grown', { balance: '1' })
  await accounts(server.world, [risky('grown', { balance: USD('20000') })])
  const { fence } = (await ana.ask('POST', `/v1/cases/${id}/claim`)).body
  const answer = await ana.ask('POST', `/v1/cases/${id}/decision`, { fence, ...RELEASE })
  expect(answer.body).toMatchObject({ status: 'awaiting_second', value: 'above_limit' })
})

test('a proposal does nothing to the account, and is listed with who made it', async () => {
  const { id, fence, answer } = await proposed('quiet')
  expect(answer.body).toMatchObject({
    status: 'awaiting_second',
    heldBy: null,
    decided: null,
    proposal: { by: { actor: `staff:${ana.id}` }, fence, ...RELEASE },
  })
  expect(await standing(server.world, 'quiet')).toMatchObject({
    valueHeld: true,
    passwordUsable: false,
  })
  expect(await audited(server.world, 'case.proposed', `case:${id}`)).toBe(1)
  expect(await audited(server.world, 'case.decided', `case:${id}`)).toBe(0)
  const list = await ben.ask('GET', '/v1/cases?status=awaiting_second')
  expect(list.body.items.map((item: { id: string }) => item.id)).toEqual([id])
  expect((await ben.ask('GET', `/v1/cases/${id}`)).body.may).toEqual(['confirm', 'comment'])
  expect((await ana.ask('GET', `/v1/cases/${id}`)).body.may).toEqual(['comment'])
  expect((await ben.ask('POST', '/v1/cases/claim-next')).status).toBe(204)
  expect(code(await ben.ask('POST', `/v1/cases/${id}/claim`))).toEqual([
    409,
    'case_already_claimed',
  ])
})

test('whoever proposed it cannot confirm it, nor take it back by disagreeing', async () => {
  const { id } = await proposed('alone')
  for (const agrees of [true, false]) {
    expect(code(await confirmation(ana, id, { agrees }))).toEqual([403, 'forbidden'])
  }
  expect(await standing(server.world, 'alone')).toMatchObject({ valueHeld: true })
})

test('another person confirms: it is decided, with its effects, in both names', async () => {
  const { id } = await proposed('two')
  const answer = await confirmation(ben, id, { agrees: true, note: 'I agree.' })
  expect(answer.body).toMatchObject({
    status: 'decided',
    proposal: null,
    decided: {
      by: { actor: `staff:${ben.id}` },
      proposedBy: { actor: `staff:${ana.id}` },
      ...RELEASE,
    },
  })
  expect(await standing(server.world, 'two')).toMatchObject({
    valueHeld: false,
    passwordUsable: true,
    underReview: false,
  })
  const [event] = await server.world.db.auditEvent.findMany({
    where: { kind: 'case.decided', subject: `case:${id}` },
  })
  expect(event).toMatchObject({
    actor: `staff:${ben.id}`,
    detail: { decision: 'release', proposedBy: `staff:${ana.id}` },
  })
  expect(code(await confirmation(cleo, id))).toEqual([409, 'illegal_transition'])
})

test('another person disagrees: the case is open again, with a comment', async () => {
  const { id } = await proposed('no')
  const answer = await confirmation(ben, id, { agrees: false, note: 'The number was new.' })
  expect(answer.body).toMatchObject({ status: 'open', proposal: null, decided: null })
  expect((await ben.ask('GET', `/v1/cases/${id}`)).body.comments).toMatchObject([
    { by: { actor: `staff:${ben.id}` }, says: 'The number was new.' },
  ])
  expect(await standing(server.world, 'no')).toMatchObject({ valueHeld: true })
  expect(await audited(server.world, 'case.declined', `case:${id}`)).toBe(1)
})

test('confirming wants a second factor that was shown just now; disagreeing does not', async () => {
  const { id } = await proposed('fresh')
  const dora = await server.signedIn(['reviewer'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${dora.id}`
  expect(code(await confirmation(dora, id))).toEqual([403, 'step_up_required'])
  expect((await confirmation(dora, id, { agrees: false })).status).toBe(200)
})

test('of two who confirm at once exactly one decides, and the account changes once', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { id } = await proposed(`race-${round}`)
    const answers = await Promise.all([ben, cleo].map((who) => confirmation(who, id)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(await audited(server.world, 'case.decided', `case:${id}`)).toBe(1)
    expect(await audited(server.world, 'account.released', `account:race-${round}`)).toBe(1)
  }
})

test('one agrees while another disagrees: one of them is heard, all of it', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { id } = await proposed(`split-${round}`)
    const [yes, no] = await Promise.all([
      confirmation(ben, id),
      confirmation(cleo, id, { agrees: false }),
    ])
    expect([yes.status, no.status].toSorted()).toEqual([200, 409])
    const { valueHeld } = (await standing(server.world, `split-${round}`)) ?? {}
    expect(valueHeld).toBe(yes.status !== 200)
  }
})

const evidence = async (account: string, sweepId: string) => {
  const accountNo = await noOf(server.world, account)
  const more = {
    accountNo,
    sweepId,
    tier: 'takeover',
    priority: 'critical' as const,
    score: 100,
    because: ['hostile_login_succeeded'],
  }
  await inTx(server.world.db, (tx) => raiseAll(tx, [more], 'cordon'))
}

test('new evidence takes a case back from its second reviewer', async () => {
  const { id } = await proposed('evidence', { ...RICH, sweepId: 'swp-evidence' })
  await evidence('evidence', 'swp-evidence')
  expect(code(await confirmation(ben, id))).toEqual([409, 'illegal_transition'])
  const seen = (await ben.ask('GET', `/v1/cases/${id}`)).body
  expect(seen).toMatchObject({ status: 'open', priority: 'critical', proposal: null })
  expect(await audited(server.world, 'case.reopened', `case:${id}`)).toBe(1)
})

test('evidence and a confirmation at once: the case is open afterwards, whoever was first', async () => {
  for (let round = 0; round < 10; round += 1) {
    const account = `meets-${round}`
    const { id } = await proposed(account, { ...RICH, sweepId: `swp-${account}` })
    const [answer] = await Promise.all([confirmation(ben, id), evidence(account, `swp-${account}`)])
    const now = await standing(server.world, account)
    expect((await ben.ask('GET', `/v1/cases/${id}`)).body.status).toBe('open')
    expect([now?.valueHeld, now?.underReview]).toEqual([answer.status !== 200, true])
  }
})

test('a confirmation that names a fence is about that proposal only', async () => {
  const { id, fence } = await proposed('second-thoughts')
  await confirmation(ben, id, { agrees: false })
  const again = (await ana.ask('POST', `/v1/cases/${id}/claim`)).body.fence
  await ana.ask('POST', `/v1/cases/${id}/decision`, { fence: again, ...RELEASE })
  expect(code(await confirmation(ben, id, { agrees: true, fence }))).toEqual([
    409,
    'illegal_transition',
  ])
  expect((await confirmation(ben, id, { agrees: true, fence: again })).status).toBe(200)
})

test('one person decides alone where four eyes are off', async () => {
  server.deps.fourEyes = false
  try {
    const { answer } = await proposed('solo')
    expect(answer.body).toMatchObject({ status: 'decided', decided: { proposedBy: null } })
  } finally {
    server.deps.fourEyes = true
  }
})

describe('many at once', () => {
  const decideAll = (who: Browser, cases: readonly string[], over: object = {}) =>
    who.ask('POST', '/v1/cases/decisions', {
      cases,
      decision: 'lock',
      reason: 'attack_succeeded',
      ...over,
    })
  const resultsOf = ({ body }: Asked) =>
    Object.fromEntries(
      body.results.map(({ id, result }: { id: string; result: string }) => [id, result]),
    )

  test('each is decided by the rules for one, and each has its own result', async () => {
    const [free, own, taken, asleep, done] = (await someCases(
      server.world,
      ['free', 'own', 'taken', 'asleep', 'done'].map((name) => `many-${name}`),
    )) as [string, string, string, string, string]
    const rich = await aCase(server.world, 'many-rich', RICH)
    await ana.ask('POST', `/v1/cases/${own}/claim`)
    await ben.ask('POST', `/v1/cases/${taken}/claim`)
    await ben.ask('POST', `/v1/cases/${asleep}/claim`)
    await ben.ask('POST', `/v1/cases/${asleep}/snooze`, { fence: 1, minutes: 60 })
    await decideAll(ben, [done])
    const asked = [free, own, taken, asleep, done, rich, 'nothing', free]
    const answer = await decideAll(ana, asked, { decision: 'release', reason: 'false_alarm' })
    expect(answer.status).toBe(200)
    expect(resultsOf(answer)).toEqual({
      [free]: 'decided',
      [own]: 'decided',
      [taken]: 'already_claimed',
      [asleep]: 'snoozed',
      [done]: 'already_decided',
      [rich]: 'awaiting_second',
      nothing: 'not_found',
    })
    expect(resultsOf(await decideAll(ben, [rich]))).toEqual({ [rich]: 'already_proposed' })
    expect((await ben.ask('GET', `/v1/cases/${taken}`)).body.heldBy.actor).toBe(`staff:${ben.id}`)
  })

  test('two who decide overlapping sets decide each case once', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `overlap-${index}`)
    const ids = await someCases(server.world, names)
    const [first, second] = await Promise.all([
      decideAll(ana, ids.slice(0, 40)),
      decideAll(ben, ids.slice(20).toReversed()),
    ])
    const won = [...first.body.results, ...second.body.results].filter(
      ({ result }) => result === 'decided',
    )
    expect(won.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    for (const [index, id] of ids.entries()) {
      expect(await audited(server.world, 'case.decided', `case:${id}`)).toBe(1)
      expect(await audited(server.world, 'account.locked', `account:overlap-${index}`)).toBe(1)
    }
  })

  test('what goes wrong with one does not stop the others, and changes nothing about it', async () => {
    const [broken, fine] = (await someCases(server.world, ['broken', 'fine'])) as [string, string]
    await server.world.db.$executeRaw`
      UPDATE account SET address = 'two@a.example,two@b.example' WHERE id = 'broken'`
    const answer = await decideAll(ana, [broken, fine], { decision: 'reset' })
    expect(resultsOf(answer)).toEqual({ [broken]: 'failed', [fine]: 'decided' })
    expect((await ana.ask('GET', `/v1/cases/${broken}`)).body).toMatchObject({
      status: 'open',
      fence: 0,
    })
    expect(await standing(server.world, 'broken')).toBeNull()
  })

  test.each([[[]], [Array.from({ length: 201 }, (_, index) => `c${index}`)]])(
    'none or too many are refused',
    async (cases) => expect((await decideAll(ana, cases)).status).toBe(400),
  )
})
