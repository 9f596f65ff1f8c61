import { laneOf, registrable } from '../../../../src/mail/lanes/lane-of.js'
import { PROVIDERS } from '../../../../src/mail/lanes/providers.js'
import { sortDomain } from '../../../../src/mail/lanes/sort.js'

describe('the lane of a domain', () => {
  test.each<[string, string, string[] | undefined, string]>([
    [
      'a provider, by its servers',
      'gmail.com',
      ['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'],
      'google',
    ],
    ['a company at a provider', 'shop.example', ['aspmx.l.google.com'], 'google'],
    ['a dot at the end and capitals', 'shop.example', ['ASPMX.L.Google.COM.'], 'google'],
    [
      'two kinds of one maker',
      'shop.example',
      ['shop-example.mail.protection.outlook.com'],
      'microsoft365',
    ],
    ['the other kind', 'hotmail.com', ['hotmail-com.olc.protection.outlook.com'], 'outlook'],
    [
      'servers of two owners belong to neither',
      'shop.example',
      ['aspmx.l.google.com', 'mx.backup.example.net'],
      'mx:google.com',
    ],
    ['a name that only ends alike', 'shop.example', ['mx.notgoogle.com'], 'mx:notgoogle.com'],
    ['an unknown server', 'shop.example', ['mx1.mail.hoster.de', 'mx2.hoster.de'], 'mx:hoster.de'],
    ['a second level', 'shop.co.uk', ['mx.hoster.co.uk'], 'mx:hoster.co.uk'],
    ['nobody was asked, and the domain is known', 'gmail.com', undefined, 'google'],
    ['nobody was asked, and it is not', 'shop.example', undefined, 'domain:shop.example'],
    ['no servers', 'shop.example', [], 'domain:shop.example'],
  ])('%s', (_case, domain, hosts, lane) => expect(laneOf(domain, hosts)).toBe(lane))

  test('a known domain that moved away has left its provider', () => {
    expect(laneOf('gmail.com', ['mx.elsewhere.net'])).toBe('mx:elsewhere.net')
  })
  test('every provider is found by each of its suffixes and domains', () => {
    for (const { name, mxSuffixes, domains } of PROVIDERS) {
      for (const suffix of mxSuffixes) expect(laneOf('x.example', [`mx1.${suffix}`])).toBe(name)
      for (const domain of domains) expect(laneOf(domain, undefined)).toBe(name)
    }
  })
})

test.each([
  ['mx1.mail.example.com', 'example.com'],
  ['example.com', 'example.com'],
  ['mx.example.com.br', 'example.com.br'],
  ['mx.example.co.jp', 'example.co.jp'],
  ['mx.example.de', 'example.de'],
  ['localhost', 'localhost'],
])('%s is registered as %s', (host, name) => expect(registrable(host)).toBe(name))

describe('what an answer of the DNS means', () => {
  const sort = (kind: 'no_mx' | 'null_mx' | 'unanswered', domain = 'shop.example') =>
    sortDomain(domain, { kind }, PROVIDERS)
  test('servers hold for a day', () => {
    const found = sortDomain('a.example', { kind: 'hosts', hosts: ['mx.qq.com'] }, PROVIDERS)
    expect(found).toMatchObject({ lane: 'qq', source: 'mx', takesMail: true, keepSeconds: 86_400 })
  })
  test('a null MX takes no mail (RFC 7505)', () => {
    expect(sort('null_mx')).toMatchObject({ takesMail: false, source: 'mx' })
  })
  test('without MX the domain itself may take mail (RFC 5321 §5.1)', () => {
    expect(sort('no_mx')).toMatchObject({ lane: 'domain:shop.example', takesMail: true })
  })
  test('no answer falls back to the table, and is asked again in an hour', () => {
    expect(sort('unanswered', 'gmail.com')).toMatchObject({
      lane: 'google',
      source: 'table',
      keepSeconds: 3_600,
    })
    expect(sort('unanswered')).toMatchObject({ lane: 'domain:shop.example', source: 'unresolved' })
  })
})
