import { expect, test } from '@jest/globals'
import { generateSync } from 'otplib'
import type { Page } from 'playwright-core'
import { aConsole, aPage, enter, violationsOf } from '../support/browser.js'
import { PASSWORD, type Browser as SignedIn, type StaffServer } from '../support/staff.js'

let server: StaffServer
let admin: SignedIn

const scene = aConsole(async () => {
  ;({ server } = scene)
  admin = await server.signedIn(['admin'])
})

const shoot = (page: Page, name: string) =>
  process.env.SHOTS
    ? page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
    : undefined

async function invited(email: string): Promise<{ id: string; link: string }> {
  const guest = { email, name: 'Mara Lindqvist', roles: ['reviewer'] }
  return (await admin.ask('POST', '/v1/staff', guest)).body
}

/** What the page shows to type into an authenticator. */
const secretOn = async (page: Page) =>
  (await page.locator('.hint .code').textContent())!.replaceAll(' ', '')

const sideways = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

test.each([
  ['light', { width: 1280, height: 800 }],
  ['dark', { width: 390, height: 844 }],
] as const)(
  'whoever is invited sets up their access and signs in (%s, %o)',
  async (colorScheme, viewport) => {
    const email = `mara.${colorScheme}@cordon.example`
    const { id, link } = await invited(email)
    const page = await aPage(await scene.browser.newContext({ colorScheme, viewport }))
    await page.goto(link)
    await page.getByRole('heading', { name: 'Set up your access' }).waitFor()
    expect(page.url()).not.toContain(link.split('#')[1])
    expect(await violationsOf(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
    await shoot(page, `enrol-${colorScheme}`)

    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByLabel('Password again').fill('something else')
    await page.getByLabel('Six digits from the app').fill('000000')
    await page.keyboard.press('Enter')
    const again = page.getByLabel('Password again')
    await page.getByRole('link', { name: /The two passwords differ/ }).click()
    expect(await again.getAttribute('aria-invalid')).toBe('true')
    expect(await again.evaluate('document.activeElement.id')).toBe('passwordAgain')
    expect(await violationsOf(page)).toEqual([])
    await shoot(page, `enrol-wrong-${colorScheme}`)

    const secret = await secretOn(page)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await again.fill(PASSWORD)
    await page.getByLabel('Six digits from the app').fill(generateSync({ secret }))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You can sign in now' }).waitFor()
    expect(await page.getByRole('listitem').count()).toBe(10)
    const [recoveryCode = ''] = await page.getByRole('listitem').allTextContents()
    expect(await violationsOf(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
    await shoot(page, `enrolled-${colorScheme}`)

    await page.getByRole('link', { name: 'Sign in to Cordon' }).click()
    const code = async () => recoveryCode
    await enter(page, { id, email, secret, recoveryCodes: [], code })
    await page.getByRole('heading', { name: 'Incidents' }).waitFor()
    expect(page.complaints).toEqual([])
  },
)

test('an invitation that was spent says so, and without scripts the code is pasted', async () => {
  const { link } = await invited('pasted@cordon.example')
  const [address = '', token = ''] = link.split('#')
  const page = await aPage(await scene.browser.newContext({ javaScriptEnabled: false }))
  await page.goto(address)
  await page.getByLabel('Invitation code').fill(token)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Set up your access' }).waitFor()
  await page.goto(address)
  await page.getByLabel('Invitation code').fill(`${token}x`)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'This invitation does not work' }).waitFor()
  expect(page.complaints).toEqual([])
})
