import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { parseExportLine } from '../../src/audit/export.js'
import { recordAll, sealEvents } from '../../src/audit/service.js'
import { inTx } from '../../src/platform/db.js'
import { aConsole, violationsInBoth } from '../support/browser.js'
import { until } from '../support/mailing.js'
import type { Browser as Person, StaffServer } from '../support/staff.js'
import { asOwner } from '../support/world.js'

let server: StaffServer
let alma: Person

const scene = aConsole(async () => {
  ;({ server } = scene)
  alma = await server.signedIn(['auditor'])
  await happen(1, 'sweep.failed', { reason: 'the disk was full' })
  await happen(2_500, 'case.viewed')
})

const happen = (times: number, kind: 'case.viewed' | 'sweep.failed', detail: object = {}) =>
  inTx(server.world.db, (tx) =>
    recordAll(
      tx,
      Array.from({ length: times }, (_, index) => ({
        kind,
        actor: 'os:rosa',
        subject: `${kind.split('.')[0]}:n${index}`,
        detail: { ...detail },
      })),
    ),
  )

const allLinked = () =>
  until(async () => {
    await sealEvents(server.world)
    return (await server.world.db.auditEvent.count()) === (await server.world.db.auditSeal.count())
  })

const pageAt = async (path: string, person: Person = alma) => {
  const page = await scene.open(person, { path })
  await page.getByRole('heading', { name: 'Audit' }).waitFor()
  return page
}

test('the record is read from the newest on, further back page by page, with its details', async () => {
  const page = await pageAt('/audit')
  const rows = page.getByRole('row')
  await rows.nth(50).waitFor()
  expect(await rows.count()).toBe(51)
  expect(await rows.nth(1).textContent()).toContain('rosa, at the shell')
  expect(await rows.nth(1).getByRole('link').getAttribute('href')).toBe('/cases/n2499')
  await page.getByRole('button', { name: 'Look further back' }).press('Enter')
  await rows.nth(100).waitFor()
  await page.getByRole('textbox', { name: 'Kind' }).fill('sweep.failed')
  await page.keyboard.press('Enter')
  await page.getByText('the disk was full').waitFor()
  expect(new URL(page.url()).search).toBe('?kind=sweep.failed')
  expect(await rows.count()).toBe(2)
  await page.getByRole('button', { name: 'Show everything' }).press('Enter')
  await rows.nth(50).waitFor()
  expect(page.complaints).toEqual([])
})

test('a filter goes on by itself through parts of the record where nothing matches', async () => {
  await asOwner(
    server.world,
    `SELECT setval(pg_get_serial_sequence('audit_event', 'id'), max(id) + 450000) FROM audit_event`,
  )
  await happen(1, 'case.viewed')
  const page = await pageAt('/audit?kind=sweep.failed')
  await page.getByText('the disk was full').waitFor()
  await page.goto(`${server.url}/audit?kind=sweep.aborted`)
  await page.getByText('Nothing in the record is like this').waitFor()
  await page.goto(`${server.url}/audit?kind=nonsense`)
  expect(await page.getByRole('alert').textContent()).toContain('kind')
})

test('the record is taken away after the second factor, whole, and that is recorded', async () => {
  await allLinked()
  const nora = await server.signedIn(['auditor'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${nora.id}`
  const page = await pageAt('/audit', nora)
  await page.getByRole('tab', { name: 'Take it away' }).click()
  await page.getByRole('button', { name: 'Take the whole record away' }).press('Enter')
  await page.getByLabel('Code of your authenticator').fill(await nora.code())
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.keyboard.press('Enter'),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
  expect(lines.map(parseExportLine).length).toBeGreaterThan(2_500)
  const exported = { kind: 'audit.exported', actor: `staff:${nora.id}` }
  expect(await server.world.db.auditEvent.count({ where: exported })).toBe(1)
  expect(page.complaints).toEqual([])
})

test('an admin reads and verifies, and is not offered to take it away; a reviewer may not read it', async () => {
  const page = await pageAt('/audit', await server.signedIn(['admin']))
  expect(await page.getByRole('tab').allTextContents()).toEqual(['What was done', 'Verify'])
  const other = await pageAt('/audit', await server.signedIn(['reviewer']))
  await other.getByRole('alert').waitFor()
  expect(await other.getByRole('alert').textContent()).toContain('may not do this')
  expect(await other.getByRole('link', { name: 'Audit' }).count()).toBe(0)
  expect(await violationsInBoth(other)).toEqual([])
})

test('verifying goes on through its parts and says that the record holds; then that it was changed', async () => {
  await allLinked()
  const page = await pageAt('/audit')
  await page.getByRole('tab', { name: 'Verify' }).press('Enter')
  // Its second part comes when the test has seen the first.
  let goOn: () => void = () => undefined
  const isSeen = new Promise<void>((resolve) => {
    goOn = resolve
  })
  await page.route('**/v1/audit/verification?cursor=*', async (route) => {
    await isSeen
    await route.continue()
  })
  await page.getByRole('button', { name: 'Verify the record' }).press('Enter')
  await page.getByText(/events hold so far/).waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  goOn()
  await page
    .getByText(/^The record holds: 2,5\d\d events/)
    .last()
    .waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  await asOwner(server.world, 'ALTER TABLE audit_event DISABLE TRIGGER USER')
  await asOwner(
    server.world,
    `UPDATE audit_event SET actor = 'os:mallory' WHERE id = (SELECT id FROM audit_event WHERE subject = 'case:n1200')`,
  )
  await page.getByRole('button', { name: 'Verify again' }).press('Enter')
  const alert = page.getByRole('alert')
  await alert.waitFor()
  expect(await alert.textContent()).toMatch(/changed.*not the one that was linked.*Repair nothing/)
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})

test('axe finds nothing wrong with any part of it, whether there is something to show or not', async () => {
  const page = await pageAt('/audit')
  await page.getByRole('row').nth(1).waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  for (const tab of ['Verify', 'Take it away']) {
    await page.getByRole('tab', { name: tab }).click()
    expect(await violationsInBoth(page)).toEqual([])
  }
  await page.goto(`${server.url}/audit?kind=sweep.aborted`)
  await page.getByText('Nothing in the record is like this').waitFor()
  expect(await violationsInBoth(page)).toEqual([])
  expect(page.complaints).toEqual([])
})
