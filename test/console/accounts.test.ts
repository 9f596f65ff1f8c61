import { expect, test } from '@jest/globals'
import { aConsole, violationsInBoth } from '../support/browser.js'
import type { Browser as Person, StaffServer } from '../support/staff.js'
import { accounts, hostile, linesOf, planned, risky, runAll, started } from '../support/world.js'

const ODD = 'a/ü?#%'

let server: StaffServer
let rosa: Person
let sweepId: string

const scene = aConsole(async () => {
  ;({ server } = scene)
  rosa = await server.signedIn(['responder', 'auditor'])
  const { world } = server
  await accounts(world, [
    risky('ann'),
    risky(ODD, { address: 'odd@shop.example' }),
    risky('dotted.id'),
    risky('twin-1'),
    risky('twin-2', { address: 'twin-1@shop.example' }),
  ])
  await hostile(world, 'ann', { times: 3 })
  await hostile(world, 'ann', { succeeded: true })
  sweepId = await planned(world, { title: 'Leak', lists: [linesOf(['ann'])] })
  await runAll(world, await started(world, sweepId))
})

const pageAt = (path: string, who: Person = rosa) => scene.open(who, { path })
const looks = (id: string) =>
  server.world.db.auditEvent.count({ where: { kind: 'account.viewed', subject: `account:${id}` } })

test('an address leads to its account by keyboard: standing, why, and what happened; one look is recorded', async () => {
  const page = await pageAt('/')
  await page.getByRole('heading', { name: 'Incidents' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  const field = page.getByRole('textbox', { name: 'E-mail address or account id' })
  await field.waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await page.keyboard.type('Ann@shop.example')
  expect(await field.inputValue()).toBe('Ann@shop.example')
  expect(await page.getByText('Looking is recorded').count()).toBe(1)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Account ann' }).waitFor()
  const standing = page.getByRole('region', { name: 'What it may do now' })
  expect(await standing.textContent()).toMatch(/May not log in until.*Value is held/)
  const why = page.getByRole('region', { name: 'Why' })
  expect(await why.textContent()).toMatch(/no second factor.*4 hostile logins.*1 succeeded/)
  expect(await why.getByRole('link', { name: sweepId }).getAttribute('href')).toBe(
    `/sweeps/${sweepId}`,
  )
  const history = page.getByRole('region', { name: 'What happened to it' })
  expect(await history.textContent()).toMatch(/Reset ordered/)
  expect(new URL(page.url()).pathname).toBe('/accounts/ann')
  expect(await looks('ann')).toBe(1)
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})

test('several accounts of one address are offered, and an id leads there directly', async () => {
  const page = await pageAt('/accounts')
  await page.getByRole('textbox').fill('twin-1@shop.example')
  await page.keyboard.press('Enter')
  await page.getByText('2 accounts have this address').waitFor()
  expect(page.url()).not.toContain('@')
  expect(await violationsInBoth(page)).toEqual([])
  await page.getByRole('link', { name: 'twin-2' }).press('Enter')
  await page.getByRole('heading', { name: 'Account twin-2' }).waitFor()
  expect(await page.getByText('May log in', { exact: true }).count()).toBe(1)
  await page.getByRole('link', { name: 'Look for another' }).click()
  await page.getByRole('textbox').fill('twin-1')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Account twin-1' }).waitFor()
})

test('an account of whatever id has an address that can be opened again, and its part of the record', async () => {
  const page = await pageAt('/accounts')
  await page.getByRole('textbox').fill('odd@shop.example')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: `Account ${ODD}` }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/accounts/a%2F%C3%BC%3F%23%25')
  await page.reload()
  await page.getByRole('region', { name: 'What it may do now' }).waitFor()
  await page.getByRole('link', { name: 'In the audit' }).click()
  const row = page.getByRole('row', { name: /Account viewed/i }).first()
  await row.waitFor()
  expect(await page.getByLabel('Done to').inputValue()).toBe(`account:${ODD}`)
  await row.getByRole('link', { name: ODD }).click()
  await page.getByRole('heading', { name: `Account ${ODD}` }).waitFor()
  await page.goto(`${server.url}/accounts/dotted.id`)
  await page.getByRole('region', { name: 'What it may do now' }).waitFor()
  expect(page.complaints).toEqual([])
})

test('no match is told in words, and what is no address in the words of the server', async () => {
  const page = await pageAt('/accounts')
  for (const sought of ['nobody@shop.example', 'nobody']) {
    await page.getByRole('textbox').fill(sought)
    await page.keyboard.press('Enter')
    await page.getByText(`No account matches ${sought}`).waitFor()
    expect(await violationsInBoth(page)).toEqual([])
  }
  await page.getByRole('textbox').fill('two@@shop')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').textContent()).toContain('no usable address')
  expect(await violationsInBoth(page)).toEqual([])
  await page.goto(`${server.url}/accounts/none`)
  await page.getByText('No account has this id').first().waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})

test('a reviewer sees an account, and is not offered its part of the record', async () => {
  const page = await pageAt('/accounts/ann', await server.signedIn(['reviewer']))
  await page.getByRole('region', { name: 'Why' }).waitFor()
  expect(await page.getByRole('link', { name: 'Look for another' }).count()).toBe(1)
  expect(await page.getByRole('link', { name: /audit/i }).count()).toBe(0)
})
