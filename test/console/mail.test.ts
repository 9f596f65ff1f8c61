import { beforeEach, expect, test } from '@jest/globals'
import { aConsole, violationsInBoth, type Watched } from '../support/browser.js'
import { stagedMails, until } from '../support/mailing.js'
import type { Browser as Person, StaffServer } from '../support/staff.js'
import { accounts, asOwner, linesOf, planned, risky } from '../support/world.js'

let server: StaffServer
let ana: Person
let ben: Person
let sweepId: string

const scene = aConsole(async () => {
  ;({ server } = scene)
  ;[ana, ben] = [await server.signedIn(['approver']), await server.signedIn(['approver'])]
  await someMail()
})
beforeEach(() =>
  asOwner(
    server.world,
    `UPDATE valve SET state = 'open', reason = 'All looks right', changed_by = 'os:test',
       opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL`,
  ),
)

/** Two lanes with mail, one of them paused, and a sweep with a canary, a stopped wave and unknown mail. */
async function someMail() {
  const { db } = server.world
  await accounts(server.world, [risky('mailed')])
  sweepId = await planned(server.world, { title: 'mail', lists: [linesOf(['mailed'])] })
  const keys = [await stagedMails(db, 120, 'gmail'), await stagedMails(db, 40, 'qq')]
  await db.$executeRaw`UPDATE mail SET sweep_id = ${sweepId} WHERE sweep_id = ANY (${keys})`
  await db.$executeRaw`UPDATE mail_lane SET rate = 12, rate_cap = 20, connections = 4, connections_cap = 10`
  await db.$executeRaw`
    UPDATE mail_lane SET paused_until = now() + interval '10 minutes', pause_reason = '421 too many connections'
    WHERE lane = 'qq'`
  await db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE lane = 'gmail' AND no % 2 = 0`
  await db.$executeRaw`
    UPDATE mail SET status = 'unknown' WHERE no IN (SELECT no FROM mail WHERE lane = 'gmail' AND status = 'staged' LIMIT 3)`
  await db.$executeRaw`
    INSERT INTO mail_wave (sweep_id, no, first_no, last_no, mails, released_at, ended_at, verified_at, stopped_at, stop_reason)
    VALUES (${sweepId}, 0, 1, 50, 50, now() - interval '2 hours', now() - interval '110 minutes', now() - interval '1 hour', NULL, NULL),
      (${sweepId}, 1, 51, 120, 70, now() - interval '1 hour', now() - interval '50 minutes', NULL, now() - interval '40 minutes',
       '2.4 % of a wave were refused for good')`
  await db.$executeRaw`
    UPDATE mail SET attempts = 1, not_before = now() + interval '20 minutes', reply = '452 4.2.2 The mailbox is full'
    WHERE lane = 'qq' AND no IN (SELECT no FROM mail WHERE lane = 'qq' LIMIT 4)`
  await db.$executeRaw`
    INSERT INTO mail_run (sweep_id, policy, seeds, planned, mail_revision)
    VALUES (${sweepId}, '{}', '{one@seed.example,two@seed.example}', 160, 'r')
    ON CONFLICT (sweep_id) DO UPDATE SET seeds = excluded.seeds`
  await db.$executeRaw`
    INSERT INTO mail_seed (sweep_id, wave, recipient, purpose, locale, status)
    SELECT ${sweepId}, wave, name || '@seed.example', 'reset', 'en', 'accepted'
    FROM unnest('{one,two}'::text[]) AS name, generate_series(0, 1) AS wave`
  await db.$executeRaw`
    INSERT INTO mail_seed_copy (seed_id, ok, problem)
    SELECT id, wave = 0, CASE wave WHEN 1 THEN 'foreign_link' END FROM mail_seed
    WHERE sweep_id = ${sweepId} AND (wave = 0 OR recipient LIKE 'one%')`
}

const valve = async (scope = 'global') =>
  (
    await server.world.db.$queryRaw<{ state: string; reason: string; changed_by: string }[]>`
    SELECT state, reason, changed_by FROM valve WHERE scope = ${scope}`
  )[0]
const isClosed = async () => (await valve())?.state === 'closed'

const mailOf = async (person: Person): Promise<Watched> => {
  const page = await scene.open(person, { path: '/mail', hasClock: true })
  await page.getByRole('region', { name: 'Valve of all mail' }).waitFor()
  return page
}

/** The page asks anew every two seconds; nobody has to wait for that here. */
const renewed = (page: Watched) => page.clock.fastForward(2_500)

const stale = (person: Person) =>
  server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${person.id}`

test('one key and Enter stop all mail within a second; only a second person lets it leave', async () => {
  const page = await mailOf(ana)
  await page.keyboard.press('x')
  await page.getByRole('dialog', { name: 'Stop all mail' }).waitFor()
  const pressed = performance.now()
  await page.keyboard.press('Enter')
  await until(isClosed)
  expect(performance.now() - pressed).toBeLessThan(1_000)
  expect(await valve()).toMatchObject({ changed_by: `staff:${ana.id}` })
  await page.getByRole('heading', { name: 'All mail is stopped' }).waitFor()

  await page.keyboard.press('o')
  await page.getByRole('textbox', { name: 'Reason' }).fill('Read every text again')
  await page.keyboard.press('Enter')
  await page.getByText('It takes another person now').waitFor()
  expect(await isClosed()).toBe(true)
  expect(await page.getByRole('button', { name: /let it leave/i }).count()).toBe(0)

  // Showing the factor gives them another session, so this is somebody of this test alone.
  const cleo = await server.signedIn(['approver'])
  await stale(cleo)
  const second = await mailOf(cleo)
  expect(await second.getByRole('region', { name: 'Valve of all mail' }).textContent()).toMatch(
    /Person \d+ asked.*Read every text again.*A second person has to agree/,
  )
  await second.keyboard.press('o')
  await second.getByRole('textbox', { name: 'Reason' }).fill('So did I')
  await second.keyboard.press('Enter')
  const code = second.getByLabel('Code of your authenticator')
  await code.fill('000000')
  await second.keyboard.press('Enter')
  const refused = second.getByRole('dialog', { name: /second factor/ }).getByRole('alert')
  expect(await refused.textContent()).toContain('not right')
  expect(await violationsInBoth(second)).toEqual([])
  expect(await code.inputValue()).toBe('')
  await code.fill(await cleo.code())
  expect(await isClosed()).toBe(true)
  await second.keyboard.press('Enter')
  await second.getByRole('heading', { name: 'Mail may leave' }).waitFor()
  expect(await valve()).toMatchObject({ state: 'open', changed_by: `staff:${cleo.id}` })
  // Whoever asked sees it without doing anything.
  await renewed(page)
  await page.getByRole('heading', { name: 'Mail may leave' }).waitFor()
  expect([...page.complaints, ...second.complaints]).toEqual([])
})

test('whoever may only stop is told who lets mail leave again', async () => {
  const rita = await server.signedIn(['reviewer'])
  const page = await mailOf(rita)
  await page.getByRole('button', { name: 'Stop all mail' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stop all mail' }).click()
  await page.getByText('Only approvers let it leave again').waitFor()
  expect(await isClosed()).toBe(true)
  await page.keyboard.press('o')
  expect(await page.getByRole('dialog').count()).toBe(0)
})

test('a lane and a sweep are stopped and let go on their own', async () => {
  const page = await mailOf(ana)
  const lane = page.getByRole('row', { name: /^qq/ })
  expect(await lane.textContent()).toMatch(
    /421 too many connections.*4 put off, tried again by.*4: a mailbox is full.*452 4\.2\.2/,
  )
  await lane.getByRole('button', { name: 'Stop mail to qq' }).press('Enter')
  await page.getByRole('dialog', { name: 'Stop mail to qq' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('Mail to qq is stopped', { exact: true }).waitFor()
  expect(await valve('lane:qq')).toMatchObject({ state: 'closed' })
  expect(await isClosed()).toBe(false)

  const sweep = page.getByRole('article', { name: `Mail of sweep ${sweepId}` })
  expect(await sweep.textContent()).toMatch(
    /2 seed mailboxes.*Canary.*verified.*2 received it as it was sent, 0 waited for.*Wave 1.*stopped.*2\.4 %.*1 waited for, 1 bad: foreign link/,
  )
  await sweep.getByRole('button', { name: 'Stop the mail of this sweep' }).click()
  await page.keyboard.press('Enter')
  await sweep.getByText('its mail is stopped').waitFor()
  expect(await valve(`sweep:${sweepId}`)).toMatchObject({ state: 'closed' })

  await page.getByRole('button', { name: 'Let mail to qq leave' }).click()
  await page.getByRole('textbox', { name: 'Reason' }).fill('They take it again')
  await page.keyboard.press('Enter')
  await page.getByText('One of two people wants it open').waitFor()
  expect(await valve('lane:qq')).toMatchObject({ state: 'closed' })
  const second = await mailOf(ben)
  await second.getByRole('button', { name: 'Agree to let mail to qq leave' }).click()
  await second.getByRole('textbox', { name: 'Reason' }).fill('Yes')
  await second.keyboard.press('Enter')
  await second.getByText('Mail to qq is stopped', { exact: true }).waitFor({ state: 'detached' })
  expect(await valve('lane:qq')).toMatchObject({ state: 'open' })
})

test('unknown mail is sent again with a reason, and how many that were is said', async () => {
  const page = await mailOf(ana)
  await page.getByRole('button', { name: 'Send 3 unknown again…' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: /^Send unknown mail/ })
  await dialog.getByLabel('Reason').fill('The server lost its power')
  await page.keyboard.press('Enter')
  await dialog.getByText('3 of 3 unknown mails are sent again.').waitFor()
  const rounds = { sweepId, round: 1, status: 'staged' }
  expect(await server.world.db.mail.count({ where: rounds })).toBe(3)
})

test('what is renewed keeps the focus, and three hundred lanes are shown when asked for', async () => {
  const { db } = server.world
  const key = await stagedMails(db, 300, 'many')
  await db.$executeRaw`UPDATE mail SET lane = 'provider-' || no WHERE sweep_id = ${key}`
  const page = await mailOf(ana)
  const last = page.getByRole('button', { name: 'Stop mail to qq' })
  await last.focus()
  await db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE lane = 'gmail' AND status = 'staged'`
  await renewed(page)
  await page.getByRole('row', { name: /^gmail/ }).waitFor({ state: 'detached' })
  expect(await last.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true)
  expect(await page.getByRole('row', { name: /^provider-/ }).count()).toBeLessThan(30)
  await page.getByRole('button', { name: /^Show all 30\d lanes$/ }).press('Enter')
  expect(await page.getByRole('row', { name: /^provider-/ }).count()).toBe(300)
  await page.getByLabel('Find a provider').fill('qq')
  expect(await page.getByRole('row', { name: /^provider-/ }).count()).toBe(0)
  await asOwner(server.world, `DELETE FROM mail WHERE sweep_id = '${key}'`)
})

test('without a connection the page says that it is not renewed', async () => {
  const page = await mailOf(ana)
  await page.context().setOffline(true)
  await page.clock.fastForward(7_000)
  await page.getByText('This is not renewed any more').waitFor()
  await page.context().setOffline(false)
  await renewed(page)
  await page.getByText('This is not renewed any more').waitFor({ state: 'detached' })
})

test('axe finds nothing wrong, whether mail may leave, is being stopped, is stopped or asked for', async () => {
  const page = await mailOf(ana)
  expect(await violationsInBoth(page)).toEqual([])
  await page.keyboard.press('x')
  await page.getByRole('dialog').waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'All mail is stopped' }).waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await violationsInBoth(page)).toEqual([])
  await ben.ask('POST', '/v1/mail/valve', { state: 'open', reason: 'read again' })
  await renewed(page)
  await page.getByText('One of two people wants it open').first().waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})
