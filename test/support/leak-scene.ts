import { listsOf, openIncident, takeList } from '../../src/exposures/service.js'
import { sendDue } from '../../src/mail/jobs.js'
import { Refusal } from '../../src/platform/errors.js'
import { completeReset, DEFAULT_TERMS } from '../../src/resets/service.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import { aMailing, NEVER, tokenIn } from './mailing.js'
import type { StaffServer } from './staff.js'
import { accounts, attempts, content, letWavesGo, risky, runAll, safe, started } from './world.js'

const HOUR = 3_600_000
const PEOPLE = 400
const EXPOSED = 60
const LOCALES = ['en', 'de', 'ja', 'es', null]

const idOf = (index: number) => `customer-${index}`
const addressOf = (index: number) => `${idOf(index)}@shop.example`
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

const message = (sentAt: Date, no: number, people: readonly number[]) =>
  [
    'From news@shop.example Fri Nov  1 06:00:00 2024',
    'From: news@shop.example',
    `Date: ${sentAt.toUTCString()}`,
    `Message-ID: <index-${no}@news.shop.example>`,
    `To: ${people.map(addressOf).join(', ')}`,
    '',
    'The index of the week',
    '',
    '',
  ].join('\n')

/** An incident as it stands after a day: a leaked mailing, a sweep that ran, and somebody who uses the leak. */
export async function aLeak(server: StaffServer, title: string): Promise<string> {
  const { world } = server
  await accounts(
    world,
    range(0, PEOPLE).map((index) => {
      const locale = LOCALES[index % LOCALES.length]
      const facts = locale === null ? {} : { locale }
      return index % 4 === 3 ? safe(idOf(index), facts) : risky(idOf(index), facts)
    }),
  )
  const occurredAt = new Date(Date.now() - 26 * HOUR)
  const id = await openIncident(world, { title, occurredAt, actor: 'os:test' })
  await world.db.incident.update({
    where: { id },
    data: {
      detectedAt: new Date(Date.now() - 25.2 * HOUR),
      summary: 'The weekly index mail showed every recipient in its To: field.',
    },
  })
  const mails = [range(0, 30), range(20, 45), range(40, EXPOSED)].map((people, no) =>
    message(new Date(occurredAt.getTime() + no * 60_000), no + 1, people),
  )
  const strangers = 'gone-1@shop.example\ngone-2@shop.example\nnobody at all\n@shop.example\n'
  await takeList(world, id, content(mails.join(''), 'index-mails.mbox'), 'os:test')
  await takeList(world, id, content(`${addressOf(1)}\n${strangers}`, 'bounces.txt'), 'os:test')
  await theLeakIsUsed(server)
  await aSweepRan(server, id)
  return id
}

async function theLeakIsUsed({ world }: StaffServer) {
  const login = (index: number, ip: string, outcome: string) => ({
    id: `${ip}-${index}`,
    account: { id: idOf(index) },
    at: new Date(Date.now() - 20 * HOUR + index * 60_000).toISOString(),
    ip,
    outcome,
  })
  const everyday = range(0, PEOPLE).map((index) =>
    login(index, `198.51.100.${index % 250}`, 'success'),
  )
  const attack = range(0, 40).map((index) => login(index, '203.0.113.9', 'failure'))
  await attempts(world, [...everyday, ...attack])
}

async function aSweepRan(server: StaffServer, incidentId: string) {
  const { world } = server
  const lists = await listsOf(world.db, incidentId)
  const listIds = lists.map(({ id }) => id)
  const asked = { incidentId, listIds, policy: DEFAULT_POLICY, actor: 'os:test' }
  await runAll(world, await started(world, await planSweep(world, asked)))
  await letWavesGo(world)
  await world.pool.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
     VALUES ('gmail', 1e5, 1e5, 20, 20), ('yahoo', 1e5, 1e5, 20, 20)`,
  )
  await world.db
    .$executeRaw`UPDATE mail SET lane = CASE WHEN account_no % 3 = 0 THEN 'gmail' ELSE 'yahoo' END`
  const mailing = await aMailing(world)
  await sendDue(mailing.deps, NEVER)
  await theyReact(
    server,
    mailing.sink.messages.map(({ data }) => tokenIn(data)).filter((token) => token !== ''),
  )
  await mailing.close()
}

/** Of those who were mailed half do nothing; one in four gives up at a password that is too short. */
async function theyReact({ deps }: StaffServer, tokens: readonly string[]) {
  for (const [index, token] of tokens.entries()) {
    if (index % 2 === 1) continue
    const password = index % 4 === 0 ? 'a long and unusual sentence 7' : 'short'
    await completeReset({ ...deps, resetTerms: DEFAULT_TERMS }, { token, password }).catch(
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error
      },
    )
  }
}
