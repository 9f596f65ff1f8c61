import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { planWaiting } from '../../src/sweeps/planning/jobs.js'
import { dueChunks, executeChunk } from '../../src/sweeps/running/service.js'
import { aConsole, aPage, enter, type Watched } from '../support/browser.js'
import { until } from '../support/mailing.js'
import type { Somebody } from '../support/staff.js'
import { accounts, hostile, linesOf, risky, runAll } from '../support/world.js'

// The whole response, in the browsers of three people.

const scene = aConsole()

const CROWD = Array.from({ length: 500 }, (_, index) => `crowd-${index}`)
const ATTACKED = Array.from(
  { length: 12 },
  (_, index) => `attacked-${String(index).padStart(2, '0')}`,
)
const EXPOSED = [...ATTACKED, ...CROWD.slice(0, 60)]

async function signedIn(somebody: Somebody, path: string): Promise<Watched> {
  const page = await aPage(await scene.browser.newContext())
  await page.goto(scene.server.url + path)
  await enter(page, somebody)
  return page
}

const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()
const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name }).first().click()
/** Enter in the field, which takes the focus a moment after its dialog is seen. */
const enterIn = (page: Page, dialog: string, field: string) =>
  page.getByRole('dialog', { name: dialog }).getByRole('textbox', { name: field }).press('Enter')

test('sign in, upload, plan, two approvals, run, pause, resume, ten cases by keyboard, valve closed and opened', async () => {
  const { server } = scene
  const { world } = server
  await accounts(
    world,
    [...CROWD, ...ATTACKED].map((id) => risky(id)),
  )
  for (const id of ATTACKED) await hostile(world, id, { succeeded: true })
  const [rosa, abel, alma] = [
    await server.enrolled(['responder', 'reviewer', 'approver']),
    await server.enrolled(['approver', 'responder']),
    await server.enrolled(['approver']),
  ]

  const page = await signedIn(rosa, '/')
  await press(page, 'Open an incident')
  await page.getByLabel('Title').fill('Index mail of 1 November')
  await page.getByLabel('When it happened').fill('2026-11-01T07:00')
  await page.getByRole('button', { name: 'Open the incident' }).click()
  await page.getByRole('heading', { level: 1, name: 'Index mail of 1 November' }).waitFor()
  const leak = Buffer.from(`${linesOf(EXPOSED)}not an address\n`)
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'leak.txt', mimeType: 'text/plain', buffer: leak })
  await says(page, `${EXPOSED.length} accepted`)
  await press(page, 'Plan a new sweep')
  await press(page, 'Ask for the plan')
  await says(page, 'The plan is being made')
  await planWaiting(server.deps)
  await says(page, '2 more people must approve this plan')

  const path = new URL(page.url()).pathname
  const id = path.split('/').at(-1) as string
  const [first, second] = [await signedIn(abel, path), await signedIn(alma, path)]
  for (const one of [first, second]) {
    await press(one, /^Approve/)
    await one.getByRole('textbox', { name: /How many passwords/ }).fill(String(EXPOSED.length))
    await one.keyboard.press('Enter')
    await says(one, one === first ? '1 more person must approve' : 'Enough people approved')
  }
  await says(page, 'Enough people approved')
  await page.keyboard.press('s')
  await press(page, /^Start: reset/)
  await says(page, 'The sweep is running.')
  for (const { no } of (await dueChunks(world.db, id)).slice(0, 1))
    await executeChunk(world, id, no)

  await page.keyboard.press('p')
  await enterIn(page, 'Pause this sweep', 'Why')
  await says(page, 'The sweep is paused.')
  expect(await dueChunks(world.db, id)).toEqual([])
  await page.keyboard.press('r')
  await press(page, /^Resume: go on/)
  await says(page, 'The sweep is running.')
  await runAll(world, id)
  await says(page, 'The sweep ran to its end.')

  await page.keyboard.press('g')
  await page.keyboard.press('c')
  await page.getByRole('heading', { level: 1, name: 'Cases' }).waitFor()
  await page
    .getByRole('link', { name: /^attacked-/ })
    .first()
    .waitFor()
  let before = ''
  for (let turn = 0; turn < 10; turn += 1) {
    if (turn === 0) await page.keyboard.press('n')
    const heading = page.getByRole('heading', { level: 1, name: /^attacked-/ })
    await (before === '' ? heading : heading.filter({ hasNotText: before })).waitFor()
    before = (await heading.textContent()) ?? ''
    await page.getByRole('button', { name: /^Keep the reset/, disabled: false }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('4')
  }
  // The last one is held for ten seconds, unless somebody sends it.
  await press(page, 'Send now')
  const decided = () => world.db.reviewCase.count({ where: { status: 'decided' } })
  await until(async () => (await decided()) === 10)

  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await page.getByRole('heading', { level: 1, name: 'Mail' }).waitFor()
  await page.getByRole('region', { name: 'Valve of all mail' }).waitFor()
  await page.keyboard.press('x')
  await enterIn(page, 'Stop all mail', 'Reason')
  await page.getByRole('heading', { name: 'All mail is stopped' }).waitFor()
  const valve = () => world.db.valve.findUniqueOrThrow({ where: { scope: 'global' } })
  await until(async () => (await valve()).state === 'closed')
  for (const one of [first, second]) {
    await one.keyboard.press('g')
    await one.keyboard.press('m')
    await one.getByRole('heading', { name: 'All mail is stopped' }).waitFor()
    await one.keyboard.press('o')
    await one.getByRole('textbox', { name: 'Reason' }).fill('Every text was read again')
    await enterIn(one, 'Let all mail leave again', 'Reason')
    await one.getByRole('dialog').waitFor({ state: 'hidden' })
    expect((await valve()).state).toBe(one === first ? 'closed' : 'open')
  }
  expect([page.complaints, first.complaints, second.complaints]).toEqual([[], [], []])
}, 120_000)
