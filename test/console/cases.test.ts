import { expect, test } from '@jest/globals'
import { violationsOf, type Watched } from '../support/browser.js'
import { aCaseConsole } from '../support/case-console.js'
import { aFullCase } from '../support/case-scene.js'
import { aCase, runOut, someCases } from '../support/cases.js'
import { until } from '../support/mailing.js'

const cases = aCaseConsole()
const heading = (page: Watched, name: string) =>
  page.getByRole('heading', { level: 1, name }).waitFor()
const pending = (page: Watched) => page.getByText(': not sent yet. It is sent in')
const isReady = (page: Watched) =>
  page.getByRole('button', { name: /^Keep the reset/, disabled: false }).waitFor()
const namesOf = (prefix: string, many: number) =>
  Array.from({ length: many }, (_, index) => `${prefix}-${String(index).padStart(2, '0')}`)

const statusOf = async (id: string) =>
  (await cases.server.world.db.reviewCase.findUniqueOrThrow({ where: { id } })).status
const becomes = (id: string, status: string) => until(async () => (await statusOf(id)) === status)

test.each(['light', 'dark'] as const)(
  'the queue, a case and its keys hold to WCAG in %s',
  async (look) => {
    await someCases(cases.server.world, namesOf(`seen-${look}`, 3))
    const { id } = await aFullCase(cases.server.world, `mara.${look}`, [
      `nils.${look}`,
      `otto.${look}`,
    ])
    const page = await cases.open(cases.ana, '/cases', { colorScheme: look })
    await page.getByRole('link', { name: `mara.${look}` }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('n')
    await heading(page, `mara.${look}`)
    await page.getByRole('img', { name: /^Map/ }).waitFor()
    expect(page.url()).toContain(id)
    expect(await page.getByRole('row', { name: /Vietnam 7 0/ }).count()).toBe(1)
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('l')
    await page.getByRole('dialog').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('4')
    await pending(page).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('u')
    expect(page.complaints).toEqual([])
    await page.context().close()
  },
)

test('thirty cases are decided by keyboard only, each by the key after it, in far less than three minutes', async () => {
  const names = namesOf('quick', 30)
  const ids = await someCases(cases.server.world, names)
  const page = await cases.open(cases.ana, '/cases')
  await page.getByRole('link', { name: names[0] as string }).waitFor()
  const startedAt = performance.now()
  const waits: number[] = []
  await page.keyboard.press('n')
  for (const [index, name] of names.entries()) {
    await heading(page, name)
    waits.push(
      await page.evaluate('performance.now() - (globalThis.chosenAt ?? performance.now())'),
    )
    await isReady(page)
    await page.keyboard.press(['k', 'l', 't', 'p'][index % 4] as string)
    await page.getByRole('dialog').waitFor()
    await page.evaluate(
      "addEventListener('keydown', () => { globalThis.chosenAt = performance.now() }, { once: true })",
    )
    await page.keyboard.press(String(1 + (index % 6)))
  }
  await page.getByText('No case waits', { exact: true }).waitFor()
  const seconds = (performance.now() - startedAt) / 1_000
  await page.getByRole('button', { name: 'Send now' }).press('Enter')
  await Promise.all(ids.map((id) => becomes(id, 'decided')))
  const next = waits.slice(1).toSorted((a, b) => a - b)
  process.stdout.write(
    `30 cases: ${seconds.toFixed(1)} s; key to next case: median ${next[14]?.toFixed(0)} ms, p95 ${next[27]?.toFixed(0)} ms\n`,
  )
  expect(seconds).toBeLessThan(180)
  expect(page.complaints).toEqual([])
  await page.context().close()
})

test('what was decided is not sent for ten seconds: undone, it never happened', async () => {
  const [first = '', after = ''] = await someCases(cases.server.world, ['undo-a', 'undo-b'])
  const page = await cases.open(cases.ana, '/cases')
  await page.getByRole('link', { name: 'undo-a' }).waitFor()
  await page.keyboard.press('n')
  await heading(page, 'undo-a')
  await isReady(page)
  await page.keyboard.press('l')
  await page.keyboard.press('4')
  await heading(page, 'undo-b')
  await page.keyboard.press('u')
  await heading(page, 'undo-a')
  await isReady(page)
  expect(await pending(page).count()).toBe(0)
  expect(await statusOf(first)).toBe('claimed')
  await page.getByText('Claimed by you', { exact: true }).waitFor()
  await becomes(after, 'open')
  await page.keyboard.press('k')
  await page.keyboard.press('2')
  await page.goto('about:blank')
  await becomes(first, 'decided')
  expect(await cases.server.world.db.account.findUnique({ where: { id: 'undo-a' } })).toMatchObject(
    {
      status: 'active',
    },
  )
  await page.context().close()
})

test('a reviewer who lost the claim is told, with the way back, and nothing is decided', async () => {
  const [id = ''] = await someCases(cases.server.world, ['lost'])
  const page = await cases.open(cases.ana, `/cases/${id}`)
  await heading(page, 'lost')
  await page.keyboard.press('c')
  await isReady(page)
  await runOut(cases.server.world, id)
  await cases.ben.ask('POST', `/v1/cases/${id}/claim`)
  await page.keyboard.press('k')
  await page.keyboard.press('5')
  await page.getByRole('button', { name: 'Send now' }).click()
  await page.getByText('Not done: Keep the reset of lost').waitFor()
  expect(await violationsOf(page)).toEqual([])
  expect(await statusOf(id)).toBe('claimed')
  await page.getByRole('link', { name: 'Go back to it' }).click()
  await page.getByText(/claimed the case\.$/).waitFor()
  await page.context().close()
})

test('of two reviewers who race for the last case one gets it, and the other is told', async () => {
  await someCases(cases.server.world, ['last'])
  const pages = await Promise.all([
    cases.open(cases.ana, '/cases'),
    cases.open(cases.ben, '/cases'),
  ])
  await Promise.all(pages.map((page) => page.getByRole('link', { name: 'last' }).waitFor()))
  await Promise.all(pages.map((page) => page.keyboard.press('n')))
  const ends = await Promise.all(
    pages.map((page) =>
      Promise.race([
        heading(page, 'last').then(() => 'claimed'),
        page
          .getByText('No case waits', { exact: true })
          .waitFor()
          .then(() => 'none'),
      ]),
    ),
  )
  expect(ends.toSorted()).toEqual(['claimed', 'none'])
  await Promise.all(pages.map((page) => page.context().close()))
})

test('releasing much value is a proposal, which another reviewer finds and answers by keyboard', async () => {
  const id = await aCase(cases.server.world, 'rich', { balance: '10000.01' })
  const page = await cases.open(cases.ana, '/cases')
  await page.getByRole('link', { name: 'rich' }).waitFor()
  await page.keyboard.press('n')
  await heading(page, 'rich')
  await page.getByText('Another reviewer has to agree').waitFor()
  await page.keyboard.press('r')
  await page.keyboard.press('1')
  await page.getByRole('button', { name: 'Send now' }).press('Enter')
  await becomes(id, 'awaiting_second')
  const second = await cases.open(cases.ben, '/cases?status=awaiting_second')
  await second.getByRole('link', { name: 'rich' }).waitFor()
  await second.keyboard.press('j')
  await second.keyboard.press('Enter')
  await second.getByText('Proposed: release').waitFor()
  expect(await violationsOf(second)).toEqual([])
  await second.keyboard.press('y')
  await second.keyboard.press('1')
  await pending(second).waitFor()
  expect(await statusOf(id)).toBe('awaiting_second')
  await second.getByRole('button', { name: 'Send now' }).press('Enter')
  await becomes(id, 'decided')
  await Promise.all([page, second].map((each) => each.context().close()))
})

test('a cluster is decided alike by keyboard, with what became of each', async () => {
  const { id, others } = await aFullCase(cases.server.world, 'hub', [
    'spoke-a',
    'spoke-b',
    'spoke-c',
  ])
  const page = await cases.open(cases.ana, `/cases/${id}`)
  await page.getByText('3 accounts, 3 with a case that waits.').waitFor()
  await page.keyboard.press('x')
  await cases.ben.ask('POST', `/v1/cases/${others[1]}/claim`)
  await page.keyboard.press('d')
  await page.getByRole('dialog', { name: 'Decide 3 cases: how?' }).waitFor()
  await page.keyboard.press('2')
  await page.getByRole('dialog', { name: 'Keep the reset of 3 accounts: why?' }).waitFor()
  await page.keyboard.press('3')
  await page.getByRole('button', { name: 'Send now' }).press('Enter')
  await page.getByRole('row', { name: /spoke-a .*Decided/ }).waitFor()
  await page.getByRole('row', { name: /spoke-b .*another reviewer claimed it/ }).waitFor()
  expect(await Promise.all(others.map(statusOf))).toEqual(['decided', 'claimed', 'decided'])
  await page.context().close()
})
