import { expect, test } from '@jest/globals'
import { aConsole, cutOff, SMALL, violationsOf, type Watched } from '../support/browser.js'
import { stagedMails } from '../support/mailing.js'
import type { Browser as Person } from '../support/staff.js'
import { accounts, hostile, linesOf, planned, risky, runAll, started } from '../support/world.js'

let admin: Person

/** Enough of everything that every screen has its tables, and mail is stopped. */
const scene = aConsole(async () => {
  const { world, signedIn } = scene.server
  await accounts(world, [
    risky('ann'),
    risky('twin-1'),
    risky('twin-2', { address: 'twin-1@shop.example' }),
  ])
  await hostile(world, 'ann', { times: 3 })
  await runAll(
    world,
    await started(world, await planned(world, { title: 'Leak', lists: [linesOf(['ann'])] })),
  )
  admin = await signedIn(['admin', 'approver', 'auditor'])
  await stagedMails(world.db, 40, 'a-provider-with-a-long-name.example')
  await world.db.$executeRaw`
    UPDATE mail SET reply = '421 4.7.0 Too many connections from here, try again later please',
      not_before = now() + interval '1 hour' WHERE lane LIKE 'a-%'`
  await admin.ask('POST', '/v1/keys', { role: 'automation', name: 'nightly export of everything' })
  await admin.ask('POST', '/v1/mail/valve', { state: 'closed', reason: 'Every text is read again' })
})

const PATHS = [
  '/mail',
  '/accounts',
  '/accounts/ann',
  '/audit',
  '/staff',
  '/staff/sessions',
  '/staff/keys',
  '/staff/roles',
  '/me',
  '/glossary',
]

/** Without loading the console anew: a link within it does the same. */
async function goTo(page: Watched, path: string) {
  await page.evaluate(`history.pushState(null, '', '${path}')`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByText('Loading …').waitFor({ state: 'detached' })
}

test('on a phone and at 200 % nothing of a screen is cut off, and no page scrolls sideways', async () => {
  const page = await scene.open(admin, { path: '/mail', ...SMALL[1] })
  const shot = (name: string) =>
    process.env.SHOTS &&
    page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
  await page.getByText('Mail stopped', { exact: true }).waitFor()
  const wrong: unknown[] = []
  for (const path of PATHS) {
    await goTo(page, path)
    for (const { viewport } of SMALL) {
      await page.setViewportSize(viewport)
      await shot(`${path.replaceAll('/', '-').slice(1)}-${viewport.width}`)
      const cut = await cutOff(page)
      if (cut.length > 0) wrong.push([path, viewport.width, cut])
    }
    const violations = await violationsOf(page)
    if (violations.length > 0) wrong.push([path, violations])
  }
  expect(wrong).toEqual([])
  expect(page.complaints).toEqual([])
})
