import { sendDue } from '../../src/mail/jobs.js'
import { retryUnknown } from '../../src/mail/retrying/service.js'
import { inTx } from '../../src/platform/db.js'
import { findReset } from '../../src/resets/service.js'
import { aMailing, NEVER, stagedMails, tokenIn } from '../support/mailing.js'
import { type Asked, type Browser, type StaffServer, startStaff } from '../support/staff.js'

let server: StaffServer
let ana: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['approver'])
})
afterAll(() => server.close())
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await server.world.db.$executeRaw`UPDATE mail SET status = 'withdrawn' WHERE status = 'staged'`
})

const code = ({ status, body }: Asked) => [status, body.type?.split(':').at(-1)]
const retry = (who: Browser, sweepId: string, more: object = {}) =>
  who.ask('POST', `/v1/sweeps/${sweepId}/mail/retry-unknown`, {
    reason: 'the server crashed',
    ...more,
  })
const mailsOf = (sweepId: string) =>
  server.world.db.mail.findMany({ where: { sweepId }, orderBy: { no: 'asc' } })

/** Mails of a sweep of their own, each lost after its dot. */
async function lostMails(count: number): Promise<string> {
  const sweepId = await stagedMails(server.world.db, count)
  const mailing = await aMailing(server.world, { behave: () => ({ at: 'dot', answer: 'drop' }) })
  closing.push(mailing.close)
  expect(await sendDue(mailing.deps, NEVER)).toMatchObject({ unknown: count })
  return sweepId
}

async function sendAgain() {
  const mailing = await aMailing(server.world)
  closing.push(mailing.close)
  await sendDue(mailing.deps, NEVER)
  return mailing.sink.messages
}

test('an unknown mail gets another round; its own row stays unknown', async () => {
  const sweepId = await lostMails(2)
  expect((await retry(ana, sweepId)).body).toEqual({ staged: 2 })
  const sent = await sendAgain()
  expect(sent).toHaveLength(2)
  expect((await mailsOf(sweepId)).map(({ status, round }) => [status, round])).toEqual([
    ['unknown', 0],
    ['unknown', 0],
    ['accepted', 1],
    ['accepted', 1],
  ])
})

test('the token of the new round works, and the one that may have arrived does not', async () => {
  const sweepId = await stagedMails(server.world.db, 1)
  const lost = await aMailing(server.world, { behave: () => ({ at: 'dot', answer: 'drop' }) })
  closing.push(lost.close)
  await sendDue(lost.deps, NEVER)
  const before = tokenIn(lost.sink.messages[0]!.data)
  const terms = { ...server.deps, resetTerms: {} } as never
  expect(await findReset(terms, before)).toBeDefined()
  await retry(ana, sweepId)
  expect(await findReset(terms, before)).toBeDefined() // until the new one leaves
  const [message] = await sendAgain()
  expect(await findReset(terms, tokenIn(message!.data))).toBeDefined()
  expect(await findReset(terms, before)).toBeUndefined()
})

test('asking twice, or at once, makes one round and one audit row per mail', async () => {
  const sweepId = await lostMails(3)
  const answers = await Promise.all([retry(ana, sweepId), retry(ana, sweepId), retry(ana, sweepId)])
  expect(answers.map(({ body }) => body.staged).toSorted()).toEqual([0, 0, 3])
  expect((await retry(ana, sweepId)).body.staged).toBe(0)
  expect(await mailsOf(sweepId)).toHaveLength(6)
  const unknown = (await mailsOf(sweepId)).filter(({ status }) => status === 'unknown')
  const events = await server.world.db.auditEvent.findMany({
    where: { kind: 'mail.retried', subject: { in: unknown.map(({ id }) => `mail:${id}`) } },
  })
  expect(events).toHaveLength(3)
  expect(events[0]).toMatchObject({
    actor: `staff:${ana.id}`,
    detail: { sweep: sweepId, purpose: 'reset', round: 1, reason: 'the server crashed' },
  })
})

test('a round that ends unknown too can be followed by the next', async () => {
  const sweepId = await lostMails(1)
  await retry(ana, sweepId)
  const lost = await aMailing(server.world, { behave: () => ({ at: 'dot', answer: 'drop' }) })
  closing.push(lost.close)
  await sendDue(lost.deps, NEVER)
  expect((await retry(ana, sweepId)).body.staged).toBe(1)
  expect((await mailsOf(sweepId)).map(({ round }) => round)).toEqual([0, 1, 2])
})

test('what is known, and what nobody waits for any more, is not sent again', async () => {
  const sweepId = await lostMails(2)
  const [first] = await mailsOf(sweepId)
  await server.world.db
    .$executeRaw`UPDATE reset SET status = 'completed' WHERE no = ${first!.resetNo}`
  expect((await retry(ana, sweepId)).body.staged).toBe(1)
  const sent = await stagedMails(server.world.db, 1)
  await sendAgain()
  expect((await retry(ana, sent)).body.staged).toBe(0)
})

test('one mail can be named, and must be of the sweep', async () => {
  const [sweepId, other] = [await lostMails(2), await lostMails(1)]
  const [first] = await mailsOf(sweepId)
  expect(code(await retry(ana, other, { mailId: first!.id }))).toEqual([404, 'not_found'])
  expect((await retry(ana, sweepId, { mailId: first!.id })).body.staged).toBe(1)
  const mails = await mailsOf(sweepId)
  expect(mails.filter(({ round }) => round === 1).map(({ accountNo }) => accountNo)).toEqual([
    first!.accountNo,
  ])
  const alone = { mailId: (await mailsOf(other))[0]!.id, actor: 'os:ana', reason: 'at the shell' }
  expect(await inTx(server.world.db, (tx) => retryUnknown(tx, alone))).toBe(1)
})

test('there must be such a sweep or mail', async () => {
  expect(code(await retry(ana, 'swp_nowhere'))).toEqual([404, 'not_found'])
  const sweepId = await lostMails(1)
  for (const mailId of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
    expect(code(await retry(ana, sweepId, { mailId }))).toEqual([404, 'not_found'])
  }
})

test('it takes who may open the valve, with a second factor shown just now', async () => {
  const sweepId = await lostMails(1)
  const rosa = await server.signedIn(['responder'])
  expect(code(await retry(rosa, sweepId))).toEqual([403, 'forbidden'])
  const cleo = await server.signedIn(['approver'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${cleo.id}`
  expect(code(await retry(cleo, sweepId))).toEqual([403, 'step_up_required'])
  expect((await retry(ana, sweepId, { reason: '' })).status).toBe(400)
})
