import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { CONSOLE_FOLDER } from '../../src/listeners.js'
import { aPage, enter, openBrowser, violationsInBoth } from '../support/browser.js'
import { askAt, cookieOf, PASSWORD, type StaffServer, startStaff } from '../support/staff.js'

const origins = { staff: '', public: 'https://public.test' }
let server: StaffServer
let browser: Browser

beforeAll(async () => {
  const started = startStaff(undefined, { consoleFolder: CONSOLE_FOLDER, origins: () => origins })
  ;[server, browser] = await Promise.all([started, openBrowser()])
  // Passkeys are for a host that has a name (WebAuthn Level 3 §5.1.2).
  origins.staff = server.url.replace('127.0.0.1', 'localhost')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const shoot = (page: Page, name: string) =>
  process.env.SHOTS ? page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) : undefined

/** A device that keeps passkeys and knows its owner, as the browser sees it. */
async function withAuthenticator(context: BrowserContext, page: Page) {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

test('a passkey is added, named, signs in by itself, and is removed', async () => {
  const somebody = await server.enrolled(['reviewer'])
  const context = await browser.newContext()
  const page = await aPage(context)
  await withAuthenticator(context, page)
  await page.goto(`${origins.staff}/me`)
  await enter(page, somebody)
  await page.getByText('You have no passkey').waitFor()
  expect(await violationsInBoth(page)).toEqual([])

  await page.getByRole('button', { name: 'Add a passkey' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Work laptop')
  expect(await violationsInBoth(page)).toEqual([])
  await shoot(page, 'add-passkey')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Rename Work laptop' }).click()
  await dialog.getByLabel('Name').fill('Blue laptop')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'Blue laptop', exact: true }).waitFor()
  await shoot(page, 'me')

  await page.getByRole('button', { name: /^Person / }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  const byPasskey = page.getByRole('button', { name: 'Sign in with a passkey' })
  await byPasskey.waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await shoot(page, 'sign-in')
  await byPasskey.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your access' }).waitFor()
  expect(await page.getByRole('row', { name: /This one/ }).textContent()).toContain('passkey')

  await server.world.db.$executeRaw`
      UPDATE staff_session SET factor_at = now() - interval '1 hour' WHERE staff_id = ${somebody.id}`
  await page.getByRole('button', { name: 'Remove Blue laptop' }).click()
  await dialog.getByRole('button', { name: 'Remove Blue laptop' }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByText('You have no passkey').waitFor()
  expect(page.complaints).toEqual([])
})

test('a browser without a passkey of Cordon says so, and the form still works', async () => {
  const somebody = await server.enrolled(['reviewer'])
  const context = await browser.newContext()
  const page = await aPage(context)
  await withAuthenticator(context, page)
  await page.goto(`${origins.staff}/`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('The browser gave no passkey').waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await enter(page, somebody)
  await page.getByRole('heading', { name: 'Incidents' }).waitFor()
})

test('one’s other session is ended from the menu, by the keyboard alone', async () => {
  const somebody = await server.enrolled(['reviewer'])
  const page = await aPage(await browser.newContext())
  await page.goto(`${origins.staff}/`)
  await enter(page, somebody)
  await page.getByRole('heading', { name: 'Incidents' }).waitFor()
  const { email } = somebody
  const credentials = { email, password: PASSWORD, totp: await somebody.code() }
  const cookie = cookieOf(await server.ask('POST', '/v1/session', credentials))
  const elsewhere = askAt(server.url, { cookie })
  expect((await elsewhere('GET', '/v1/session')).status).toBe(200)

  await page.getByRole('button', { name: /^Person / }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Sessions and passkeys' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /^End the session from/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'End this session' }).focus()
  expect(await violationsInBoth(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect((await elsewhere('GET', '/v1/session')).status).toBe(401)
  expect(page.complaints).toEqual([])
})
