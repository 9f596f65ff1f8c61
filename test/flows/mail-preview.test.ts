import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAIL_PURPOSES } from '../../src/mail/state.js'
import { LOCALES } from '../../src/values/locale.js'
import { cordonHere } from '../support/cli-here.js'
import { aFolder } from '../support/processes.js'

// No database is configured anywhere here: a preview needs none.

const folder = aFolder()
afterAll(() => folder.remove())

const env = {
  MAIL_FROM: 'Example Shop <no-reply@shop.example>',
  PUBLIC_URL: 'https://shop.example',
}
const preview = (args: readonly string[], over: Record<string, string> = {}) =>
  cordonHere(['mail', 'preview', ...args], { ...env, ...over })

test('every mail is shown, checked and found sound', async () => {
  const { code, out, err } = await preview(['--check'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const purpose of MAIL_PURPOSES) expect(out).toContain(purpose)
  for (const locale of LOCALES) expect(out).toContain(` ${locale} `)
  expect(out).toContain('420 mails, 0 stopped by the gate. Nothing was sent.')
  expect(out).toContain('The translation gate found 0.')
})

test('one page holds what was asked for, and for machines there is JSON', async () => {
  const out = join(folder.path, 'pages')
  const answer = await preview(['--locale', 'ar', '--purpose', 'reset', '--out', out, '--json'])
  const { mails, findings, page } = JSON.parse(answer.out)
  expect(findings).toBeNull()
  expect(page).toBe(join(out, 'index.html'))
  const html = readFileSync(page, 'utf8')
  expect(html.match(/<iframe /g)).toHaveLength(mails.length)
  for (const mail of mails) {
    expect(mail).toMatchObject({ locale: 'ar', direction: 'rtl', gate: 'passed', purpose: 'reset' })
    expect(html).toContain(mail.fixture)
  }
})

test('what does not exist is refused', async () => {
  expect(await preview(['--locale', 'tlh'])).toMatchObject({ code: 2, out: '' })
  expect(await preview(['--purpose', 'fun'])).toMatchObject({ code: 2, out: '' })
})

describe('with a key that signs', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const file = join(folder.path, 'ed25519.pem')
  const signed = { DKIM_DOMAIN: 'shop.example', DKIM_ED25519_SELECTOR: 'c1' }
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })

  test('every mail is signed before the gate sees it', async () => {
    const { code, out } = await preview(['--locale', 'ko'], {
      ...signed,
      DKIM_ED25519_KEY_FILE: file,
    })
    expect(code).toBe(0)
    expect(out).toContain('60 mails, 0 stopped by the gate.')
  })
  test('a key of another domain is refused, with what to do', async () => {
    const { code, err } = await preview([], {
      ...signed,
      DKIM_DOMAIN: 'other.example',
      DKIM_ED25519_KEY_FILE: file,
    })
    expect(code).toBe(2)
    expect(err).toContain('DKIM_DOMAIN: must be the domain of MAIL_FROM or one above it')
    expect(err).not.toContain('PRIVATE')
  })
})
