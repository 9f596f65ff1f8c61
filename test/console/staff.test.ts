import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { aConsole, violationsInBoth } from '../support/browser.js'
import type { Browser as SignedIn, StaffServer } from '../support/staff.js'

let server: StaffServer
let admin: SignedIn

const scene = aConsole(async () => {
  ;({ server } = scene)
  admin = await server.signedIn(['admin'])
})

const open = (path: string, who: SignedIn = admin) => scene.open(who, { path })

const shoot = (page: Page, name: string) =>
  process.env.SHOTS ? page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) : undefined

const personOf = async (id: string) => (await admin.ask('GET', `/v1/staff/${id}`)).body

test('every tab and dialog passes axe', async () => {
  const person = await server.signedIn(['approver'])
  const name = `Person ${person.email.split(/[.@]/)[1]}`
  const page = await open('/staff')
  for (const tab of ['People', 'Signed in now', 'Keys of machines', 'Roles']) {
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('tabpanel').getByText(/./).first().waitFor()
    await page.getByLabel('Loading').waitFor({ state: 'detached' })
    expect([tab, await violationsInBoth(page)]).toEqual([tab, []])
    await shoot(page, tab.replaceAll(' ', '-'))
  }
  await page.getByRole('tab', { name: 'People' }).click()
  for (const item of ['Change roles…', 'Invite again…', 'Dismiss…']) {
    await page.getByRole('button', { name: `Change ${name}`, exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
    await page.getByRole('dialog').waitFor()
    await page.getByRole('menu').waitFor({ state: 'detached' })
    expect([item, await violationsInBoth(page)]).toEqual([item, []])
    await shoot(page, item.replaceAll(' ', '-'))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  expect(page.complaints).toEqual([])
})

test('an invitation is shown once, with what to do with it, and opens the enrolment page', async () => {
  const page = await open('/staff')
  await page.getByRole('button', { name: 'Invite somebody' }).waitFor()
  await page.keyboard.press('n')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Mara Lindqvist')
  await dialog.getByLabel('E-mail').fill('mara@cordon.example')
  await dialog.getByRole('checkbox', { name: 'Reviewer' }).check()
  expect(await violationsInBoth(page)).toEqual([])
  await shoot(page, 'invite')
  // The first answer is lost on its way: sent again it is the same invitation, and the same link.
  const sent: (string | undefined)[] = []
  await page.route('**/v1/staff', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    sent.push(route.request().headers()['idempotency-key'])
    if (sent.length > 1) return route.continue()
    await route.fetch()
    return route.abort()
  })
  await page.keyboard.press('Enter')
  await dialog.getByRole('alert').waitFor()
  await page.keyboard.press('Enter')
  const field = dialog.getByLabel('One-time link')
  const link = await field.inputValue()
  expect(link).toContain(`${server.url}/enrol#`)
  await page.unroute('**/v1/staff')
  expect(sent).toEqual([expect.any(String), sent[0]])
  const { items } = (await admin.ask('GET', '/v1/staff')).body
  const made = items.filter(({ name }: { name: string }) => name === 'Mara Lindqvist')
  expect(made.length).toBe(1)
  expect(await dialog.textContent()).toContain('within 24 hours')
  expect(await violationsInBoth(page)).toEqual([])
  await shoot(page, 'invited')
  await page.keyboard.press('Escape')
  expect(await field.inputValue()).toBe(link)
  await dialog.getByRole('button', { name: 'I have it' }).click()
  await field.waitFor({ state: 'detached' })
  const row = page.getByRole('row', { name: /Mara Lindqvist/ })
  expect(await row.textContent()).toMatch(/Reviewer.*invited/i)

  const guest = await (await scene.browser.newContext()).newPage()
  await guest.goto(link)
  await guest.getByRole('heading', { name: 'Set up your access' }).waitFor()
  expect(page.complaints).toEqual([])
})

test('roles change from the keyboard alone, and not over somebody else’s change', async () => {
  const person = await server.enrolled(['reviewer'])
  const name = `Person ${person.email.split(/[.@]/)[1]}`
  const page = await open('/staff')
  const change = page.getByRole('button', { name: `Change ${name}`, exact: true })
  await change.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Change roles…' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const auditor = page.getByRole('checkbox', { name: 'Auditor' })
  await auditor.focus()
  await page.keyboard.press('Space')
  await page.getByText('Gains: Auditor.').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect((await personOf(person.id)).roles).toEqual(['reviewer', 'auditor'])

  await change.click()
  await page.getByRole('menuitem', { name: 'Change roles…' }).click()
  const { version } = await personOf(person.id)
  const meanwhile = await admin.ask(
    'PATCH',
    `/v1/staff/${person.id}`,
    { roles: ['reviewer'] },
    { 'if-match': `"${version}"` },
  )
  expect(meanwhile.status).toBe(200)
  await page.getByRole('checkbox', { name: 'Approver' }).check()
  await page.getByRole('button', { name: 'Change roles' }).click()
  expect(await page.getByRole('alert').textContent()).toContain('Somebody changed this meanwhile')
  expect((await personOf(person.id)).roles).toEqual(['reviewer'])
  expect(page.complaints).toEqual([])
})

test('dismissing repeats what ends, asks for the second factor, and ends it', async () => {
  const stale = await server.signedIn(['admin'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '1 hour' WHERE staff_id = ${stale.id}`
  const person = await server.signedIn(['approver'])
  const name = `Person ${person.email.split(/[.@]/)[1]}`
  const page = await open('/staff', stale)
  await page.getByRole('button', { name: `Change ${name}`, exact: true }).click()
  await page.getByRole('menuitem', { name: 'Dismiss…' }).click()
  await page.getByText('Sessions ended: 1.').waitFor()
  await page.getByText('approvals of sweeps that have not started lapse').waitFor()
  await page.getByRole('button', { name: `Dismiss ${name}` }).click()
  await page.getByLabel(/^Code of your authenticator/).fill(await stale.code())
  await page.keyboard.press('Enter')
  await page.getByRole('row', { name }).getByText('dismissed').waitFor()
  expect((await person.ask('GET', '/v1/session')).status).toBe(401)
  expect(page.complaints).toEqual([])
})

test('the session of somebody else is ended at once, and their browser is signed out', async () => {
  const person = await server.signedIn(['reviewer'])
  const name = `Person ${person.email.split(/[.@]/)[1]}`
  const theirs = await scene.open(person, { path: '/me', hasClock: true })
  await theirs.getByRole('row', { name: /This one/ }).waitFor()
  const page = await open('/staff/sessions')
  await page.getByRole('button', { name: `End the session from 127.0.0.1 of ${name}` }).click()
  await page.getByRole('button', { name: 'End this session' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect((await person.ask('GET', '/v1/session')).status).toBe(401)
  await theirs.clock.fastForward(16_000)
  await theirs.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  expect(await theirs.getByRole('row').count()).toBe(0)
})

test('a key is shown once, works, and works no more when it is revoked', async () => {
  const page = await open('/staff/keys')
  await page.getByText('No machine has a key').waitFor()
  await page.getByRole('button', { name: 'Make a key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('nightly export')
  await dialog.getByRole('radio', { name: 'Automation' }).check()
  await dialog.getByLabel('Days until it ends').fill('30')
  expect(await violationsInBoth(page)).toEqual([])
  await shoot(page, 'make-key')
  await dialog.getByRole('button', { name: 'Make the key' }).click()
  const key = await dialog.getByLabel('Key', { exact: true }).inputValue()
  expect(await violationsInBoth(page)).toEqual([])
  const byKey = { authorization: `Bearer ${key}` }
  expect((await server.ask('GET', '/v1/incidents', undefined, byKey)).status).toBe(200)
  await dialog.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('button', { name: 'Revoke nightly export' }).click()
  await page.getByText('Whatever still calls Cordon with this key is refused.').waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Revoke nightly export' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect((await server.ask('GET', '/v1/incidents', undefined, byKey)).status).toBe(401)
  await page.getByRole('row', { name: /nightly export.*revoked/ }).waitFor()
  expect(page.complaints).toEqual([])
})

test('an auditor sees who there is and can change nothing; others are told so', async () => {
  const auditor = await server.signedIn(['auditor'])
  const page = await open('/staff', auditor)
  await page.getByText('An admin can invite, change and dismiss people').waitFor()
  expect(await page.getByRole('button', { name: /^Change / }).count()).toBe(0)
  expect(await page.getByRole('tab').allTextContents()).toEqual([
    'People',
    'Keys of machines',
    'Roles',
  ])
  const reviewer = await server.signedIn(['reviewer'])
  const other = await open('/staff', reviewer)
  await other.getByRole('alert').waitFor()
  expect(await other.getByRole('link', { name: 'Staff' }).count()).toBe(0)
  expect(await other.getByRole('button', { name: 'Invite somebody' }).count()).toBe(0)
  expect(await violationsInBoth(other)).toEqual([])
})

test('the glossary finds words, and explains a response once', async () => {
  const page = await open('/glossary')
  await page.getByRole('heading', { name: 'How a response goes' }).waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await page.getByRole('button', { name: 'I have read this' }).click()
  await page.getByRole('button', { name: 'Show how a response goes' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('valve')
  await page.getByText('1 word', { exact: true }).waitFor()
  expect(await page.getByRole('term').allTextContents()).toEqual(['Valve'])
  await page.keyboard.type('zzz')
  await page.getByText('The console does not use this word').waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await page.reload()
  await page.getByRole('button', { name: 'Show how a response goes' }).waitFor()
  expect(page.complaints).toEqual([])
})
