import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { inTx } from '../../src/platform/db.js'
import { dismiss } from '../../src/staff/people/service.js'
import { planWaiting } from '../../src/sweeps/planning/jobs.js'
import { dueChunks, executeChunk, noteFailure } from '../../src/sweeps/running/service.js'
import {
  aConsole,
  cutOff,
  pageOf,
  SMALL,
  violationsInBoth,
  violationsOf,
  type Watched,
} from '../support/browser.js'
import type { Browser as Person, StaffServer } from '../support/staff.js'
import {
  anIncident,
  approval,
  crowdOf,
  holdWriting,
  openScene,
  type Scene,
} from '../support/sweep-scene.js'
import { accounts, hostile, risky, runAll, safe } from '../support/world.js'

let server: StaffServer
let scene: Scene
let abel: Person
const place = aConsole(async () => {
  ;({ server } = place)
  scene = await openScene(server)
  abel = await scene.another()
  await accounts(server.world, [
    ...['entered-1', 'attacked-1', 'attacked-2'].map((id) => risky(id)),
    ...['quiet-1', 'quiet-2'].map((id) => safe(id)),
  ])
  await hostile(server.world, 'entered-1', { succeeded: true })
  await hostile(server.world, 'attacked-1')
  await hostile(server.world, 'attacked-2', { times: 3 })
})

const EVERYBODY = ['entered-1', 'attacked-1', 'attacked-2', 'quiet-1', 'quiet-2', ...crowdOf(60)]

/** Asks over the API; nobody makes the plan yet. */
async function asked(ids: readonly string[]): Promise<string> {
  const incidentId = await anIncident(scene, ids)
  return (await scene.rosa.ask('POST', `/v1/incidents/${incidentId}/sweeps`)).body.id
}

const opened = (id: string, by: Person) => place.open(by, { path: `/sweeps/${id}` })

/** Light and dark of what is on the page now. */
const isReadable = async (page: Page) => expect(await violationsInBoth(page)).toEqual([])

/** Nothing is cut on a phone, nor where a window of 1280 pixels is looked at twice as large. */
async function isWholeWhenSmall(page: Page): Promise<void> {
  for (const { viewport } of SMALL) {
    await page.setViewportSize(viewport)
    expect(await cutOff(page)).toEqual([])
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

const statusOf = async (id: string) =>
  (await server.world.db.sweep.findUniqueOrThrow({ where: { id } })).status
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()
const region = (page: Page, name: string) => page.getByRole('region', { name })

/** As the second factor of these people grows old. */
const staleFactors = (...people: Person[]) =>
  server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes'
    WHERE staff_id = ANY (${people.map(({ id }) => id)})`

/** The second factor is asked for, and shown. */
async function showFactor(page: Page, person: Person): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Show your second factor again' })
  await dialog.getByRole('textbox').fill(await person.code())
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
}

/** The second factor is asked for, and not shown: what asked for it is still there. */
async function leaveFactor(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Show your second factor again' })
  await dialog.getByRole('textbox').waitFor()
  await isReadable(page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('dialog', { name: 'Approve exactly this plan' }).waitFor()
}

async function approveByKeyboard(page: Watched, typed: string): Promise<void> {
  await page.keyboard.press('v')
  const field = page.getByRole('textbox', { name: 'How many passwords will be reset?' })
  await field.waitFor()
  await page.waitForFunction(
    // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are not here
    () => (globalThis as any).document.activeElement?.tagName === 'INPUT',
  )
  await page.keyboard.type(typed)
  await page.keyboard.press('Enter')
}

test('a plan is made, approved by two, run, paused, resumed and finished, by keyboard', async () => {
  const id = await asked(EVERYBODY)
  // Showing the second factor again ends the session it was shown in: these are of this test alone.
  const [planner, one, other] = await Promise.all([
    server.signedIn(['responder']),
    scene.another(),
    scene.another(),
  ])
  const rosa = await opened(id, planner)
  await says(rosa, 'The plan is being made')
  await rosa.getByText('Live', { exact: true }).waitFor()
  await says(rosa, 'It waits for a worker')
  const letOn = await holdWriting(server.world)
  const made = planWaiting(server.deps)
  await says(rosa, 'Step 5 of 7: writing what would be done to each account.')
  const steps = rosa.getByRole('list', { name: 'Steps of the plan' }).getByRole('listitem')
  expect(await steps.nth(0).textContent()).toBe('Done: 65 different addresses read')
  expect(await steps.nth(4).textContent()).toMatch(/^Now: writing/)
  await isReadable(rosa)
  await letOn()
  await made
  await says(rosa, '2 more people must approve this plan')
  await rosa.getByRole('heading', { name: 'Money at risk' }).waitFor()
  await isReadable(rosa)
  await isWholeWhenSmall(rosa)
  expect(await rosa.getByRole('button', { name: /^Approve/ }).count()).toBe(0)
  expect(await rosa.getByRole('button', { name: /^Start/ }).count()).toBe(0)

  const first = await opened(id, one)
  const second = await opened(id, other)
  const rowsOf = (page: Page) => region(page, 'First and last rows of the plan').textContent()
  const digestOf = (page: Page) => region(page, 'Approval').getByRole('code').textContent()
  await first.getByRole('heading', { name: 'Money at risk' }).waitFor()
  await second.getByRole('heading', { name: 'Money at risk' }).waitFor()
  expect([await rowsOf(second), await digestOf(second)]).toEqual([
    await rowsOf(first),
    await digestOf(first),
  ])
  await staleFactors(planner, one, other)
  await approveByKeyboard(first, '62')
  await leaveFactor(first)
  await first
    .getByRole('alert')
    .getByText(/second factor/)
    .first()
    .waitFor()
  expect(await first.getByRole('textbox', { name: /How many/ }).inputValue()).toBe('62')
  await isReadable(first)
  await first.getByRole('textbox', { name: /How many/ }).press('Enter')
  await showFactor(first, one)
  await says(first, /resets 63 accounts, not 62/)
  await isReadable(first)
  expect(await server.world.db.approval.count({ where: { sweepId: id } })).toBe(0)
  await first.getByRole('textbox', { name: /How many/ }).fill('63')
  await first.keyboard.press('Enter')
  await says(second, '1 more person must approve this plan')
  expect(await region(second, 'Approval').textContent()).toContain('approved 63 resets')
  await approveByKeyboard(second, '63')
  await showFactor(second, other)
  await says(rosa, 'Enough people approved exactly this plan.')

  await rosa.keyboard.press('s')
  const start = rosa.getByRole('button', { name: 'Start: reset 63 of 65 accounts' })
  await start.waitFor()
  await isReadable(rosa)
  await start.press('Enter')
  await showFactor(rosa, planner)
  await says(rosa, 'The sweep is running.')
  for (const { no } of await dueChunks(server.world.db, id)) {
    await executeChunk(server.world, id, no)
  }
  await noteFailure(server.world, id, 3, new Error('connection lost'))
  const [canary] = await dueChunks(server.world.db, id)
  await executeChunk(server.world, id, canary?.no ?? 0)
  await says(rosa, 'of 65, 76.9%')
  await says(rosa, /connection lost/)
  await isReadable(rosa)
  await isWholeWhenSmall(rosa)

  await rosa.keyboard.press('p')
  await rosa.getByRole('dialog', { name: 'Pause this sweep' }).waitFor()
  await isReadable(rosa)
  await rosa.keyboard.press('Enter')
  await says(second, 'The sweep is paused.')
  expect(await statusOf(id)).toBe('paused')
  await rosa.getByRole('button', { name: /^Resume/ }).waitFor()
  await isReadable(rosa)
  await rosa.keyboard.press('r')
  await rosa.getByRole('button', { name: 'Resume: go on with 15 accounts' }).waitFor()
  await isReadable(rosa)
  await rosa.keyboard.press('Enter')
  await says(second, 'The sweep is running.')
  await runAll(server.world, id)
  await says(rosa, /Yes: all \d+ lines hold/)
  expect(await region(rosa, 'What is still open').textContent()).toContain('63 of 63 owners')
  await isReadable(rosa)
  expect(await statusOf(id)).toBe('finished')
  expect([rosa.complaints, first.complaints, second.complaints]).toEqual([[], [], []])
})

test('a threshold that moves shows who would move, and why it cannot', async () => {
  const id = await asked(EVERYBODY.slice(0, 10))
  await planWaiting(server.deps)
  const page = await opened(id, abel)
  const thumb = page.getByRole('slider', {
    name: 'attacked: hostile logins, at least',
    exact: true,
  })
  await thumb.focus()
  await page.keyboard.press('ArrowRight')
  await says(page, 'Who moves: 1 from attacked to unprotected.')
  await isReadable(page)
  await page.getByRole('textbox', { name: 'attacked: hostile logins, at least, exactly' }).fill('9')
  await says(page, 'Who moves: 2 from attacked to unprotected.')
  await page.getByRole('button', { name: 'Back to the policy' }).click()
  await says(page, 'Move a threshold to see what would change.')
  await page.getByRole('button', { name: 'Show as a table' }).click()
  await isReadable(page)
  expect(page.complaints).toEqual([])
})

test('cut off, the page says that it is not of now; back again, it missed nothing', async () => {
  const id = await asked(['crowd-70', 'crowd-71'])
  await planWaiting(server.deps)
  const page = await pageOf(await place.browser.newContext(), server, {
    cookie: scene.rosa.cookie,
    path: `/sweeps/${id}`,
  })
  await page.getByText('Live', { exact: true }).waitFor()
  await page.context().setOffline(true)
  await says(page, /Reconnecting\. What you see is of/)
  await isReadable(page)
  const plan = (await scene.rosa.ask('GET', `/v1/sweeps/${id}`)).body
  await server.world.db
    .$executeRaw`UPDATE staff_session SET factor_at = now() WHERE staff_id IN (${abel.id}, ${scene.rosa.id})`
  await abel.ask('POST', `/v1/sweeps/${id}/approval`, approval(plan))
  await scene.rosa.ask('POST', `/v1/sweeps/${id}/start`)
  await scene.rosa.ask('POST', `/v1/sweeps/${id}/pause`, { reason: 'The line is down' })
  await page.context().setOffline(false)
  await says(page, 'The sweep is paused.')
  await page.getByText('Live', { exact: true }).waitFor()
  const events = region(page, 'What happened').getByRole('row')
  await events.nth(5).waitFor()
  expect((await events.allInnerTexts()).map((row) => row.split('\t')[1]?.split('\n')[0])).toEqual([
    'What',
    expect.stringContaining('paused the sweep'),
    expect.stringContaining('started the sweep'),
    expect.stringContaining('approved the plan'),
    'The plan was made',
    expect.stringContaining('asked for the plan'),
  ])
  expect(page.complaints).toEqual([])
})

test('an approval that lapsed says why, and an abort wants a reason', async () => {
  const id = await asked(['crowd-80', 'crowd-81'])
  await planWaiting(server.deps)
  const gone = await scene.another()
  const plan = (await scene.rosa.ask('GET', `/v1/sweeps/${id}`)).body
  await gone.ask('POST', `/v1/sweeps/${id}/approval`, approval(plan))
  await server.signedIn(['admin'])
  await inTx(server.world.db, (tx) => dismiss(tx, { id: gone.id, actor: 'os:test' }))
  const page = await opened(id, abel)
  await says(page, 'It does not count: They do not work here any more.')
  await isReadable(page)
  await page.keyboard.press('x')
  await page.getByRole('button', { name: 'Abort: leave 2 accounts undone' }).waitFor()
  await isReadable(page)
  await page.getByRole('button', { name: 'Abort: leave 2 accounts undone' }).click()
  expect(await statusOf(id)).toBe('approved')
  await page.getByRole('textbox', { name: 'Why' }).fill('The wrong list')
  await page.getByRole('button', { name: 'Abort: leave 2 accounts undone' }).click()
  await says(page, 'Why: The wrong list')
  expect(await statusOf(id)).toBe('aborted')
  expect(page.complaints).toEqual([])
})

test('the report leaves with a fresh second factor only', async () => {
  const auditor = await server.signedIn(['auditor'])
  const id = await asked(['crowd-90'])
  await planWaiting(server.deps)
  await abel.ask('POST', `/v1/sweeps/${id}/abort`, { reason: 'not needed' })
  await staleFactors(auditor)
  const page = await opened(id, auditor)
  await page.getByRole('button', { name: /Download the report/ }).click()
  await showFactor(page, auditor)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /Download the report/ }).click(),
  ])
  expect(file.suggestedFilename()).toBe(`sweep-${id}.csv`)
  expect(page.complaints).toEqual([])
})

test('a sweep that is not there is told in words', async () => {
  const page = await opened('swp_none', scene.rosa)
  await page.getByRole('alert').getByText('No such sweep').waitFor()
  expect(await violationsOf(page)).toEqual([])
})
