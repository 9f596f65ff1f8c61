import { expect, test } from '@jest/globals'
import { pageOf, violationsOf, type Watched } from '../support/browser.js'
import { aCaseConsole } from '../support/case-console.js'
import { aFullCase } from '../support/case-scene.js'
import { aCase, someCases } from '../support/cases.js'
import { until } from '../support/mailing.js'

const cases = aCaseConsole()
const heading = (page: Watched, name: string) =>
  page.getByRole('heading', { level: 1, name }).waitFor()
const isReady = (page: Watched) =>
  page.getByRole('button', { name: /^Keep the reset/, disabled: false }).waitFor()
const said = (page: Watched, what: string) =>
  page.getByRole('status').filter({ hasText: what }).waitFor()
const dialog = (page: Watched, name: string) => page.getByRole('dialog', { name }).waitFor()
const caseOf = (id: string) => cases.server.world.db.reviewCase.findUniqueOrThrow({ where: { id } })
const becomes = (id: string, status: string) =>
  until(async () => (await caseOf(id)).status === status)
/** In both looks: the colours are those of the system, which may change while a page is open. */
async function isAccessible(page: Watched): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    expect(await violationsOf(page)).toEqual([])
  }
}

test('a case is escalated with why, goes to another reviewer first, and says so', async () => {
  const [, id = '', third = ''] = await someCases(cases.server.world, ['esc-a', 'esc-b', 'esc-c'])
  const page = await cases.open(cases.ana, `/cases/${id}`)
  await heading(page, 'esc-b')
  await page.keyboard.press('c')
  await isReady(page)
  await page.keyboard.press('e')
  await dialog(page, 'Escalate esc-b')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Say why, for whoever takes the case.').waitFor()
  await isAccessible(page)
  await page.keyboard.type('Two people claim this account.')
  await page.keyboard.press('Control+Enter')
  await heading(page, 'esc-a')
  expect(await caseOf(id)).toMatchObject({ status: 'open', escalatedBy: `staff:${cases.ana.id}` })
  expect(await caseOf(third)).toMatchObject({ status: 'open' })
  const second = await cases.open(cases.ben, '/cases')
  await second.getByRole('row', { name: /esc-b high escalated/ }).waitFor()
  await second.keyboard.press('e')
  await second.getByRole('link', { name: 'esc-c' }).waitFor({ state: 'detached' })
  expect(await second.getByRole('link', { name: /^esc-/ }).allTextContents()).toEqual(['esc-b'])
  expect(new URL(second.url()).searchParams.get('escalated')).toBe('only')
  await isAccessible(second)
  await second.keyboard.press('n')
  await heading(second, 'esc-b')
  await second.getByText('Claimed by you', { exact: true }).waitFor()
  await second.getByText(/^by Person/).waitFor()
  await second.getByText('Two people claim this account.').waitFor()
  await isAccessible(second)
  expect(await cut(second)).toEqual(NOTHING_CUT)
  expect([page.complaints, second.complaints]).toEqual([[], []])
  await Promise.all([page, second].map((each) => each.context().close()))
})

test('a claim that nobody works on warns, is kept by a key, and ends', async () => {
  const id = await aCase(cases.server.world, 'slow')
  const context = await cases.browser.newContext()
  context.setDefaultTimeout(6_000)
  await context.clock.install({ time: Date.now() })
  const page = await pageOf(context, cases.server, {
    cookie: cases.ana.cookie,
    path: `/cases/${id}`,
  })
  await heading(page, 'slow')
  await page.keyboard.press('c')
  await isReady(page)
  await page.clock.fastForward('13:10')
  await page
    .getByText(/^Your claim ends in/)
    .first()
    .waitFor()
  await said(page, 'Your claim ends within two minutes. Press h to keep it.')
  await isAccessible(page)
  const before = (await caseOf(id)).leaseUntil as Date
  await page.keyboard.press('h')
  await until(async () => ((await caseOf(id)).leaseUntil as Date) > before)
  await page.clock.fastForward('03:00')
  await page.getByText('Your claim ended', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Keep the reset/, disabled: true }).waitFor()
  await isAccessible(page)
  await page.context().close()
})

test('a case is put aside, commented on and given back by keyboard', async () => {
  const [first = '', second = ''] = await someCases(cases.server.world, ['aside', 'back'])
  const page = await cases.open(cases.ana, '/cases')
  await page.getByRole('link', { name: 'aside' }).waitFor()
  await page.keyboard.press('n')
  await heading(page, 'aside')
  await isReady(page)
  await page.keyboard.press('z')
  await dialog(page, 'Put aside aside: for how long?')
  await isAccessible(page)
  await page.keyboard.press('2')
  await heading(page, 'back')
  const { status, snoozedUntil } = await caseOf(first)
  expect(status).toBe('snoozed')
  expect(Math.round(((snoozedUntil as Date).getTime() - Date.now()) / 60_000)).toBe(60)
  await isReady(page)
  await page.keyboard.press('m')
  await page.keyboard.type('She was on holiday.')
  await page.keyboard.press('Control+Enter')
  await said(page, 'Your comment is kept.')
  await page.getByText('She was on holiday.').waitFor()
  expect(
    await cases.server.world.db.caseComment.findMany({ where: { caseId: second } }),
  ).toMatchObject([{ author: `staff:${cases.ana.id}`, says: 'She was on holiday.' }])
  await page.keyboard.press('b')
  await said(page, 'back is back in the queue.')
  expect(await caseOf(second)).toMatchObject({ status: 'open', claimedBy: null })
  expect(page.complaints).toEqual([])
  await page.context().close()
})

test('a second reviewer disagrees, and the case is open again with their note', async () => {
  const id = await aCase(cases.server.world, 'doubt', { balance: '10000.01' })
  const { fence } = (await cases.ana.ask('POST', `/v1/cases/${id}/claim`)).body
  const decision = { fence, decision: 'release', reason: 'owner_confirmed' }
  await cases.ana.ask('POST', `/v1/cases/${id}/decision`, decision)
  const page = await cases.open(cases.ben, `/cases/${id}`)
  await page.getByText('Proposed: release').waitFor()
  await page.keyboard.press('o')
  await dialog(page, 'Disagree')
  await isAccessible(page)
  await page.keyboard.press('m')
  await page.keyboard.type('The phone number is new.')
  await page.keyboard.press('Enter')
  await page.keyboard.press('1')
  await page.getByRole('button', { name: 'Send now' }).press('Enter')
  await becomes(id, 'open')
  await page.getByText('The phone number is new.').waitFor()
  expect(await caseOf(id)).toMatchObject({ decision: null, proposedBy: null })
  await page.context().close()
})

test('after undo the case after it goes back to the queue, unless something was begun on it', async () => {
  const [first = '', second = ''] = await someCases(cases.server.world, ['took-a', 'took-b'])
  const page = await cases.open(cases.ana, '/cases')
  await page.getByRole('link', { name: 'took-a' }).waitFor()
  await page.keyboard.press('n')
  await heading(page, 'took-a')
  await isReady(page)
  const lock = async () => {
    await page.keyboard.press('l')
    await page.keyboard.press('4')
  }
  let answer: () => void = () => undefined
  const undone = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/claim-next', (route) => undone.then(() => route.continue()))
  await lock()
  await page.getByRole('button', { name: 'Take back' }).press('u')
  answer()
  await until(async () => (await caseOf(second)).fence === 1)
  await becomes(second, 'open')
  await page.unroute('**/claim-next')
  await heading(page, 'took-a')
  await isReady(page)
  await lock()
  await heading(page, 'took-b')
  await isReady(page)
  await page.keyboard.press('m')
  await page.keyboard.type('Looks odd')
  await page.keyboard.press('Escape')
  await page.keyboard.press('u')
  await heading(page, 'took-a')
  await isReady(page)
  expect(await caseOf(first)).toMatchObject({
    status: 'claimed',
    claimedBy: `staff:${cases.ana.id}`,
  })
  expect(await caseOf(second)).toMatchObject({
    status: 'claimed',
    claimedBy: `staff:${cases.ana.id}`,
  })
  await page.context().close()
})

test('at 200 % zoom a case with everything on it fits, and every control is reached', async () => {
  const { id } = await aFullCase(cases.server.world, 'zoomed', ['zoom-a', 'zoom-b'])
  const zoomed = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }
  const page = await cases.open(cases.ana, `/cases/${id}`, zoomed)
  await heading(page, 'zoomed')
  await page.keyboard.press('c')
  await isReady(page)
  await page.getByRole('img', { name: /^Map/ }).waitFor()
  expect(await cut(page)).toEqual(NOTHING_CUT)
  await page.keyboard.press('x')
  await page.keyboard.press('d')
  await dialog(page, 'Decide 2 cases: how?')
  await isAccessible(page)
  expect(await cut(page)).toEqual(NOTHING_CUT)
  await page.keyboard.press('2')
  await page.keyboard.press('3')
  await page.getByRole('button', { name: 'Send now' }).press('Enter')
  await page.getByRole('row', { name: /zoom-a .*Decided/ }).waitFor()
  await isAccessible(page)
  expect(await cut(page)).toEqual(NOTHING_CUT)
  await page.context().close()
})

const NOTHING_CUT = { scrollsSideways: false, outside: [] }

/** Controls that no scrolling brings into view, that something covers, or whose words are cut. */
const cut = (page: Watched) =>
  page.evaluate(`(() => {
    const { scrollingElement: root } = document
    const top = document.querySelector('[role=dialog]') ?? document
    const controls = [...top.querySelectorAll('a, button, input, textarea, select')].filter(
      (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !each.disabled,
    )
    const outside = []
    for (const control of controls) {
      control.focus()
      control.scrollIntoView({ block: 'center', inline: 'nearest' })
      const { left, right, top, bottom, width } = control.getBoundingClientRect()
      const isIn = left >= -1 && right <= innerWidth + 1 && top >= -1 && bottom <= innerHeight + 1
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      const isOnTop = width <= 1 || (hit && (control.contains(hit) || hit.contains(control) || hit.closest('label')))
      const label = control.querySelector('[class*=Button-label]')
      const isCut = label && label.scrollWidth > label.clientWidth
      if (!isIn || !isOnTop || isCut) outside.push(control.outerHTML.slice(0, 120))
    }
    return { scrollsSideways: root.scrollWidth > root.clientWidth, outside }
  })()`)
