import { FIXTURES } from '../../../src/mail/preview/fixtures.js'
import { previewPage } from '../../../src/mail/preview/page.js'
import { previewAll } from '../../../src/mail/preview/preview.js'
import { MAIL_PURPOSES } from '../../../src/mail/state.js'
import { LOCALES } from '../../../src/values/locale.js'
import { SENDER } from './fixtures.js'

test('every purpose, language and invented account is shown, and passes the gate', async () => {
  const previews = await previewAll(SENDER)
  expect(previews).toHaveLength(MAIL_PURPOSES.length * LOCALES.length * FIXTURES.length)
  expect(previews.filter(({ gate }) => gate !== 'passed')).toEqual([])
  expect(new Set(previews.map(({ direction }) => direction))).toEqual(new Set(['ltr', 'rtl']))
})

test('a preview can be of one language and purpose', async () => {
  const previews = await previewAll(SENDER, [], { locale: 'ar', purpose: 'hold' })
  expect(previews).toHaveLength(FIXTURES.length)
  expect(previews.every(({ locale, purpose }) => locale === 'ar' && purpose === 'hold')).toBe(true)
})

test('a configuration that the gate stops is shown as stopped, with the reason', async () => {
  const [first] = await previewAll({ ...SENDER, siteName: '' }, [], { locale: 'en' })
  expect(first?.gate).toBe('passed')
  const signing = [
    { domain: 'shop.example', selector: 's', algorithm: 'rsa-sha256', publicKey: '' },
  ] as const
  const [unsigned] = await previewAll({ ...SENDER, signing }, [], { locale: 'en' })
  expect(unsigned?.gate).toBe('signature_differs')
})

test('the page shows each mail in a frame that may do nothing, and says what failed', async () => {
  const previews = await previewAll(SENDER, [], { purpose: 'notice' })
  const finding = { check: 'script', locale: 'ru', where: 'promise', says: 'holds <b>' } as const
  const page = previewPage(previews, [finding])
  expect(page.match(/<iframe [^>]*sandbox loading="lazy" srcdoc="/g)).toHaveLength(previews.length)
  expect(page).not.toMatch(/<script|sandbox="|src="/)
  expect(page).toContain('holds &lt;b&gt;')
  expect(page).toContain('All passed the gate.')
  const stopped = previews.map((each) => ({ ...each, gate: 'foreign_link' as const }))
  expect(previewPage(stopped, undefined)).toContain(`${stopped.length} did not pass the gate.`)
})
