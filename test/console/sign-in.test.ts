import { expect, test } from '@jest/globals'
import { aConsole, aPage, enter, violationsInBoth } from '../support/browser.js'

const scene = aConsole()

/** The console as somebody meets it who is not signed in. */
async function atTheDoor() {
  const page = await aPage(await scene.browser.newContext())
  await page.goto(`${scene.server.url}/`)
  return page
}

test('whoever signs in stays where they wanted to be, and nothing is refused by the policy', async () => {
  const somebody = await scene.server.enrolled(['responder'])
  const page = await atTheDoor()
  expect(await violationsInBoth(page)).toEqual([])
  await enter(page, somebody)
  await page.getByRole('heading', { name: 'Incidents' }).waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await page.keyboard.press('Shift+?')
  await page.getByRole('dialog', { name: 'Keys on this page' }).waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})

test('a wrong code is refused in words, and only the code has to be typed again', async () => {
  const somebody = await scene.server.enrolled(['reviewer'])
  const page = await atTheDoor()
  await enter(page, { ...somebody, code: async () => '000000' })
  expect(await page.getByRole('alert').textContent()).toContain('not right')
  expect(await violationsInBoth(page)).toEqual([])
  expect(await page.getByLabel('E-mail').inputValue()).toBe(somebody.email)
  expect(await page.getByRole('textbox', { name: 'Code' }).inputValue()).toBe('')
})
