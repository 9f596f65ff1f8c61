import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { StaffRole } from '../../src/contract/acts.js'
import { takeList } from '../../src/exposures/service.js'
import {
  aConsole,
  cutOff,
  pageOf,
  SMALL,
  violationsInBoth,
  violationsOf,
  type Watched,
} from '../support/browser.js'
import { aLeak } from '../support/leak-scene.js'
import { until } from '../support/mailing.js'
import type { Browser as Person, StaffServer } from '../support/staff.js'
import { content } from '../support/world.js'

let server: StaffServer
let rosa: Person
let id: string
const scene = aConsole(async () => {
  ;({ server } = scene)
  rosa = await server.signedIn(['responder'])
  id = await aLeak(server, 'Index mail of 1 November')
})

const opened = (by: Person, path: string) => scene.open(by, { path })

async function anEmptyIncident(): Promise<string> {
  const { body } = await rosa.ask('POST', '/v1/incidents', {
    title: 'A second leak',
    occurredAt: new Date(Date.now() - 7_200_000).toISOString(),
    detectedAt: new Date(Date.now() - 3_600_000).toISOString(),
  })
  return body.id
}

const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()

/** An incident, then each of its dialogs; `look` is called where all of it is there. */
async function walked(page: Watched, look: () => Promise<void>): Promise<void> {
  const dialog = page.getByRole('dialog')
  await says(page, 'The leak is being used')
  await says(page, 'All accounts')
  await look()
  await page
    .getByRole('button', { name: /refused lines of/ })
    .first()
    .click()
  await dialog.getByText('Why it is refused').waitFor()
  await look()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.keyboard.press('p')
  await dialog.getByRole('combobox', { name: 'Policy' }).waitFor()
  await look()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.keyboard.press('e')
  await dialog.getByLabel('Title').waitFor()
  await look()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Close the incident' }).click()
  await page.getByRole('dialog', { name: 'Close the incident' }).waitFor()
  await look()
  expect(page.complaints).toEqual([])
}

test('an incident and its dialogs hold to WCAG in light and in dark', async () => {
  const page = await opened(rosa, `/incidents/${id}`)
  await walked(page, async () => expect(await violationsInBoth(page)).toEqual([]))
})

test('on a phone and at 200 % nothing of an incident or of its dialogs is cut', async () => {
  const page = await scene.open(rosa, { path: `/incidents/${id}`, ...SMALL[1] })
  await walked(page, async () => {
    for (const { viewport } of SMALL) {
      await page.setViewportSize(viewport)
      expect(await cutOff(page)).toEqual([])
    }
  })
  await page.keyboard.press('Escape')
  await page.setViewportSize(SMALL[0].viewport)
  expect(await violationsOf(page)).toEqual([])
})

test('whoever closes a dialog is back where they opened it, and keys of the page wait behind it', async () => {
  const page = await opened(rosa, `/incidents/${id}`)
  const correct = page.getByRole('button', { name: 'Correct the incident' })
  await correct.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Correct the incident' })
  await dialog.getByRole('button', { name: 'Cancel' }).focus()
  await page.keyboard.press('p')
  await page.keyboard.press('Shift+?')
  await page.getByRole('dialog', { name: 'Keys in this dialog' }).waitFor()
  expect(await page.getByRole('dialog', { name: 'Plan a new sweep' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await until(() => correct.evaluate((button) => button === button.ownerDocument.activeElement))
})

test('whoever may see the staff goes from an incident to the mail and back, with everybody named', async () => {
  const ada = await server.signedIn(['admin'])
  const page = await opened(ada, `/incidents/${id}`)
  await says(page, 'test, at the shell')
  await page.getByRole('link', { name: 'Mail' }).click()
  await says(page, 'Cordon itself')
  await page.goBack()
  await says(page, 'test, at the shell')
  expect(page.complaints).toEqual([])
})

test('the funnel shows the numbers that the server has', async () => {
  const page = await opened(rosa, `/incidents/${id}`)
  await says(page, 'The leak is being used')
  const { body } = await rosa.ask('GET', `/v1/incidents/${id}`)
  const shown = (await page.getByRole('region', { name: 'How far it is' }).textContent()) ?? ''
  for (const value of Object.values(body.funnel as Record<string, number>))
    expect(shown).toContain(value.toLocaleString('en-US'))
})

test('a list is read, the same file is told to be the same, and no list at all is refused in words', async () => {
  const second = await anEmptyIncident()
  const page = await opened(rosa, `/incidents/${second}`)
  const drop = (name: string, text: string) =>
    page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
  const files = page.getByRole('list', { name: 'Files of this visit' }).getByRole('listitem')
  const three = 'customer-1@shop.example\ncustomer-2@shop.example\nno address\n'
  await drop('leak.txt', three)
  await files.filter({ hasText: 'leak.txt' }).filter({ hasText: '2' }).first().waitFor()
  await drop('again.txt', three)
  await files
    .filter({ hasText: 'again.txt' })
    .filter({ hasText: /same|already/i })
    .waitFor()
  await drop('nothing.txt', 'nobody is in here\n')
  await files
    .filter({ hasText: 'nothing.txt' })
    .filter({ hasText: /address/i })
    .waitFor()
  expect(await server.world.db.list.count({ where: { incidentId: second } })).toBe(1)
})

/** A list of so many addresses, none of them an account's. */
const aList = (name: string, addresses: number) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(
    Array.from({ length: addresses }, (_, index) => `nobody-${index}@elsewhere.example\n`).join(''),
  ),
})

test('a large list shows how far it is, can be stopped, and is whole when it is sent again', async () => {
  const page = await opened(rosa, `/incidents/${await anEmptyIncident()}`)
  const line = await page.context().newCDPSession(page)
  const network = (uploadThroughput: number) =>
    line.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  await network(20_000)
  const input = page.locator('input[type=file]')
  await input.setInputFiles(aList('large.txt', 20_000))
  const bar = page.getByRole('progressbar', { name: 'Sending large.txt' })
  await until(async () => Number(await bar.getAttribute('aria-valuenow')) > 5)
  await says(page, /Sending, \d+ %/)
  expect(await violationsOf(page)).toEqual([])
  await page.getByRole('button', { name: 'Stop large.txt' }).click()
  await says(page, 'Stopped. Nothing of it was kept.')
  await network(-1)
  await input.setInputFiles(aList('large.txt', 20_000))
  await says(page, 'Read 20,000 entries: 20,000 accepted')
  expect(await server.world.db.list.count({ where: { name: 'large.txt' } })).toBe(1)
  expect(page.complaints).toEqual([])
})

test('files are dropped; one that is no list is refused in words, the others are read', async () => {
  const page = await opened(rosa, `/incidents/${await anEmptyIncident()}`)
  const area = page.getByText('Add lists: drop files here, or choose them')
  const dropped = await page.evaluateHandle(() => {
    // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are not here
    const { DataTransfer, File } = globalThis as any
    const files = new DataTransfer()
    files.items.add(new File(['customer-3@shop.example\n'], 'dropped.txt'))
    files.items.add(new File([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 0])], 'cat.png'))
    return files
  })
  await area.dispatchEvent('dragover', { dataTransfer: dropped })
  await says(page, 'Let go to add these files')
  await area.or(page.getByText('Let go to add these files')).dispatchEvent('drop', {
    dataTransfer: dropped,
  })
  const files = page.getByRole('list', { name: 'Files of this visit' }).getByRole('listitem')
  await files.filter({ hasText: 'dropped.txt' }).getByText('Read 1 entries: 1 accepted').waitFor()
  const refused = files.filter({ hasText: 'cat.png' }).getByRole('alert')
  expect(await refused.textContent()).toMatch(/not text/i)
  expect(await violationsOf(page)).toEqual([])
  expect(page.complaints).toEqual([])
})

test('a closed incident takes no plan, says why, and is opened again', async () => {
  const closing = await anEmptyIncident()
  await takeList(server.world, closing, content('customer-4@shop.example\n'), 'os:test')
  const page = await opened(rosa, `/incidents/${closing}`)
  const status = async () => (await rosa.ask('GET', `/v1/incidents/${closing}`)).body.status
  await page.getByRole('button', { name: 'Close the incident' }).click()
  const closes = page.getByRole('dialog').getByRole('button', { name: 'Close the incident' })
  await page.getByRole('dialog').getByText('Sweeps that run go on').waitFor()
  await closes.press('Enter')
  await page.getByRole('button', { name: 'Open the incident again' }).waitFor()
  expect(await status()).toBe('closed')
  await page.keyboard.press('p')
  await page.getByRole('combobox', { name: 'Policy' }).waitFor()
  await page.getByRole('button', { name: 'Ask for the plan' }).click()
  await page.getByRole('alert').getByText('This incident is closed. Open it again first.').waitFor()
  expect(await violationsOf(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Open the incident again' }).click()
  await page.getByRole('dialog').getByText('New sweeps can be planned again.').waitFor()
  expect(await violationsOf(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Close the incident' }).waitFor()
  expect(await status()).toBe('open')
  expect(page.complaints).toEqual([])
})

test.each<[StaffRole, boolean, string[]]>([
  ['auditor', true, ['Incidents', 'Audit', 'Staff']],
  ['reviewer', false, ['Incidents']],
])('%s: an incident is seen without what they may not do', async (role, mayReadLines, areas) => {
  const page = await opened(await server.signedIn([role]), `/incidents/${id}`)
  await says(page, 'All accounts')
  for (const name of ['Correct the incident', 'Close the incident', 'Plan a new sweep'])
    expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
  expect(await page.locator('input[type=file]').count()).toBe(0)
  const menu = page.getByRole('navigation', { name: 'Areas' })
  const isThere = (name: string) => menu.getByRole('link', { name, exact: true }).count()
  for (const name of ['Incidents', 'Audit', 'Staff'])
    expect([name, await isThere(name)]).toEqual([name, areas.includes(name) ? 1 : 0])
  expect(
    await menu.getByRole('link', { name: 'Incidents', exact: true }).getAttribute('aria-current'),
  ).toBe('page')
  const lines = page.getByRole('button', { name: /refused lines of/ })
  expect(await lines.count()).toBe(mayReadLines ? 1 : 0)
  if (mayReadLines) {
    await lines.click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download all as CSV' }).click(),
    ])
    expect(readFileSync(await file.path(), 'utf8')).toContain('nobody at all')
  }
  const told = role === 'auditor' ? 'Verify' : 'not allowed'
  await page.goto(`${server.url}/audit`)
  await says(page, new RegExp(told, 'i'))
  expect(page.complaints).toEqual([])
})

test('without a network the page says how old it is, and is renewed when it is back', async () => {
  const page = await pageOf(await scene.browser.newContext(), server, {
    cookie: rosa.cookie,
    path: `/incidents/${id}`,
  })
  await says(page, 'All accounts')
  await page.context().setOffline(true)
  await page.getByRole('alert').getByText('There is no network').waitFor()
  expect(await violationsOf(page)).toEqual([])
  const read = await rosa.ask('GET', `/v1/incidents/${id}`)
  const ifMatch = { 'if-match': read.headers.get('etag') }
  await rosa.ask('PATCH', `/v1/incidents/${id}`, { title: 'Index mail, renamed' }, ifMatch)
  await page.context().setOffline(false)
  await page.getByRole('heading', { level: 1, name: 'Index mail, renamed' }).waitFor()
  await page.getByText('There is no network').waitFor({ state: 'detached' })
  expect(page.complaints).toEqual([])
})

test('whoever corrects what somebody else corrected meanwhile is told so, and loses nothing', async () => {
  const page = await opened(rosa, `/incidents/${id}`)
  await says(page, 'The leak is being used')
  await page.keyboard.press('e')
  const title = page.getByRole('dialog').getByLabel('Title')
  await title.fill('Index mail, corrected here')
  const read = await rosa.ask('GET', `/v1/incidents/${id}`)
  const change = { title: 'Index mail, corrected there' }
  const ifMatch = { 'if-match': read.headers.get('etag') }
  expect((await rosa.ask('PATCH', `/v1/incidents/${id}`, change, ifMatch)).status).toBe(200)
  await title.press('Enter')
  await says(page, 'Somebody changed it meanwhile')
  expect(await title.inputValue()).toBe('Index mail, corrected here')
})
