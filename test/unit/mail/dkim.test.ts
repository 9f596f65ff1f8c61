import { generateKeyPairSync } from 'node:crypto'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { prepare } from '../../../src/mail/prepare.js'
import type { Sender } from '../../../src/mail/sender.js'
import { identitiesOf, readSigningKeys, type SigningKey } from '../../../src/mail/signing/keys.js'
import { inspect } from '../../../src/mail/wire-gate.js'
import { LOCALES } from '../../../src/values/locale.js'
import { aMail, aRecipient, LINK, MAIL_ID, NOW, SENDER, TOKEN } from './fixtures.js'

const pem = (kind: 'rsa' | 'ed25519', bits = 2048) => {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}
const RSA = pem('rsa')
const ED25519 = pem('ed25519')
const NOTHING = { selector: undefined, key: undefined }
const SETTINGS = {
  domain: 'shop.example',
  rsa: { selector: 'rsa1', key: RSA },
  ed25519: { selector: 'ed1', key: ED25519 },
}

function keysOf(settings: Parameters<typeof readSigningKeys>[0]): SigningKey[] {
  const read = readSigningKeys(settings, SENDER.from)
  if ('wrong' in read) throw new Error(JSON.stringify(read.wrong))
  return read.keys
}
const BOTH = keysOf(SETTINGS)
const signedBy = (keys: readonly SigningKey[]): Sender => ({
  ...SENDER,
  signing: identitiesOf(keys),
})

/** What the DNS would publish: RFC 6376 §3.6.1, and the bare 32 bytes for Ed25519 (RFC 8463 §4). */
const dns = (keys: readonly SigningKey[]) => async (name: string, type: string) => {
  const key = keys.find(({ selector, domain }) => name === `${selector}._domainkey.${domain}`)
  if (!key || type !== 'TXT') throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  const [kind, p] =
    key.algorithm === 'rsa-sha256'
      ? ['rsa', key.publicKey]
      : ['ed25519', Buffer.from(key.publicKey, 'base64').subarray(-32).toString('base64')]
  return [[`v=DKIM1; k=${kind}; p=${p}`]]
}
async function verdicts(bytes: Uint8Array, keys: readonly SigningKey[]) {
  const { results } = await dkimVerify(Buffer.from(bytes), { resolver: dns(keys) })
  return results.map(({ status, signingDomain, selector }) => ({
    result: status.result,
    signingDomain,
    selector,
  }))
}
async function written(over: Parameters<typeof aMail>[0], keys = BOTH): Promise<Uint8Array> {
  const mail = await prepare(aMail(over), signedBy(keys), NOW, keys)
  if (mail.kind !== 'ready') throw new Error(JSON.stringify(mail))
  return mail.bytes
}

describe('an independent verifier', () => {
  test.each(LOCALES)('finds both signatures of a mail in %s true', async (locale) => {
    expect(await verdicts(await written({ locale }), BOTH)).toEqual([
      { result: 'pass', signingDomain: 'shop.example', selector: 'rsa1' },
      { result: 'pass', signingDomain: 'shop.example', selector: 'ed1' },
    ])
  })
  test.each([
    ['RSA', { ...SETTINGS, ed25519: NOTHING }, 'rsa1'],
    ['Ed25519', { ...SETTINGS, rsa: NOTHING }, 'ed1'],
  ])(
    'finds the only signature true when there is only a key for %s',
    async (_kind, settings, selector) => {
      const keys = keysOf(settings)
      const bytes = await written({ purpose: 'notice', token: null }, keys)
      expect(await verdicts(bytes, keys)).toMatchObject([{ result: 'pass', selector }])
    },
  )
  test.each([
    ['another recipient', 'To: ann@example.org', 'To: eve@example.org'],
    ['a second recipient in front', 'To: ann', 'To: eve@example.org\r\nTo: ann'],
    ['a second recipient behind', 'Subject:', 'To: eve@example.org\r\nSubject:'],
    ['somebody in copy', 'Subject:', 'Cc: eve@example.org\r\nSubject:'],
    ['another place for replies', 'Subject:', 'Reply-To: eve@example.org\r\nSubject:'],
    ['another subject', 'Subject: Set', 'Subject: Get'],
    ['another text', 'Hello Ann', 'Hello Eve'],
  ])('finds %s out', async (_what, from, to) => {
    const bytes = Buffer.from(await written({}))
    const changed = Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')
    expect(changed.equals(bytes)).toBe(false)
    expect((await verdicts(changed, BOTH)).map(({ result }) => result)).not.toContain('pass')
  })
})

test('the same mail and date give the same signed bytes', async () => {
  expect(Buffer.from(await written({})).equals(await written({}))).toBe(true)
})

test('no line of a signature is longer than 78 characters', async () => {
  const text = Buffer.from(await written({})).toString('latin1')
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  expect(lines.filter((line) => line.length > 78)).toEqual([])
})

describe('the gate on the final bytes', () => {
  const expected = {
    mailId: MAIL_ID,
    recipient: aRecipient('ann@example.org'),
    sender: signedBy(BOTH),
    name: 'Ann Bell',
    phrase: 'blue kettle',
    token: TOKEN,
    link: LINK,
  }
  const change = async (from: string | RegExp, to: string) => {
    const text = Buffer.from(await written({})).toString('latin1')
    const changed = text.replace(from, to)
    if (changed === text) throw new Error('nothing was changed')
    return Buffer.from(changed, 'latin1')
  }

  test('passes what our keys signed', async () => {
    expect(await inspect(await written({}), expected)).toEqual({ ok: true })
  })
  test.each<[string, string | RegExp, string]>([
    ['another domain', 'd=shop.example', 'd=evil.example'],
    ['another selector', 's=rsa1', 's=rsa2'],
    ['a tag of its own', 'c=relaxed/relaxed;', 'c=relaxed/relaxed; i=@shop.example;'],
    ['fewer signed headers', 'h=from:from:', 'h=from:'],
    ['another body hash', /bh=..../, 'bh=AAAA'],
    ['a signature that is not true', /b=[A-Za-z0-9+/]{6}/, 'b=AAAAAA'],
    ['another time', /t=\d+/, 't=1'],
    ['one signature missing', /DKIM-Signature:[^:]*?rsa[\s\S]*?\r\n(?=DKIM)/, ''],
    ['a third signature', /^/, 'DKIM-Signature: v=1; b=eve\r\n'],
    ['the signatures in another order', /(DKIM[\s\S]*?)(DKIM[\s\S]*?)(?=Auto-Submitted:)/, '$2$1'],
  ])('stops %s', async (_what, from, to) => {
    const inspection = await inspect(await change(from, to), expected)
    expect(inspection).toEqual({ ok: false, problem: 'signature_differs' })
  })
  test('stops a signature that does not come first', async () => {
    const bytes = await change(/(DKIM[\s\S]*?)(?=Auto-Submitted:)/, '')
    const late = bytes
      .toString('latin1')
      .replace('Subject:', 'DKIM-Signature: v=1; b=eve\r\nSubject:')
    const inspection = await inspect(Buffer.from(late, 'latin1'), expected)
    expect(inspection).toEqual({ ok: false, problem: 'header_forbidden' })
  })
  test('stops a signed mail of a sender who does not sign', async () => {
    const inspection = await inspect(await written({}), { ...expected, sender: SENDER })
    expect(inspection).toEqual({ ok: false, problem: 'signature_differs' })
  })
})

describe('the keys', () => {
  test('are none where nothing is configured', () => {
    expect(keysOf({ domain: undefined, rsa: NOTHING, ed25519: NOTHING })).toEqual([])
  })
  test('may belong to a domain above that of the sender', () => {
    const read = readSigningKeys(SETTINGS, 'a@mail.shop.example')
    expect(read).toHaveProperty('keys.length', 2)
  })
  test.each<[string, Partial<typeof SETTINGS> | object, string]>([
    ['no domain', { domain: undefined }, 'DKIM_DOMAIN'],
    ['a domain alone', { rsa: NOTHING, ed25519: NOTHING }, 'DKIM_DOMAIN'],
    ['a domain that is not the sender’s', { domain: 'other.example' }, 'DKIM_DOMAIN'],
    ['the end of a name instead of a domain', { domain: 'op.example' }, 'DKIM_DOMAIN'],
    ['a key without a selector', { rsa: { selector: undefined, key: RSA } }, 'DKIM_RSA_SELECTOR'],
    [
      'a selector without a key',
      { ed25519: { selector: 'e', key: undefined } },
      'DKIM_ED25519_KEY',
    ],
    ['a key of another kind', { rsa: { selector: 'r', key: ED25519 } }, 'DKIM_RSA_KEY'],
    ['a key that is none', { ed25519: { selector: 'e', key: 'secret' } }, 'DKIM_ED25519_KEY'],
    ['a short key', { rsa: { selector: 'r', key: pem('rsa', 1024) } }, 'DKIM_RSA_KEY'],
  ])('%s is refused, and the variable named', (_what, over, path) => {
    const read = readSigningKeys({ ...SETTINGS, ...over }, SENDER.from)
    expect(read).toMatchObject({ wrong: [{ path, message: expect.stringMatching(/\w/) }] })
    expect(JSON.stringify(read)).not.toContain('PRIVATE KEY')
  })
})
