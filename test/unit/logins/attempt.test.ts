import { readAttempt } from '../../../src/logins/attempt.js'

const sent = (over: Record<string, unknown> = {}) => ({
  id: 'att-1',
  account: { id: 'acc-1' },
  at: '2026-11-02T10:00:00Z',
  ip: '203.0.113.7',
  outcome: 'failure',
  ...over,
})

function read(over: Record<string, unknown> = {}) {
  const reading = readAttempt(sent(over))
  if ('rejected' in reading) throw new Error(reading.rejected)
  return reading.attempt
}

const reasonOf = (json: unknown) => {
  const reading = readAttempt(json)
  return 'rejected' in reading ? reading.rejected : 'accepted'
}

test('an attempt is read as it was sent', () => {
  const full = { reason: 'bad_password', userAgent: 'curl/8', device: 'd-1', outcome: 'success' }
  expect(read(full)).toEqual({
    id: 'att-1',
    accountId: 'acc-1',
    address: null,
    at: new Date('2026-11-02T10:00:00Z'),
    ip: '203.0.113.7',
    succeeded: true,
    reason: 'bad_password',
    userAgent: 'curl/8',
    device: 'd-1',
  })
})

test('an address is brought to its one form; one that is none names nobody, but still counts', () => {
  expect(read({ account: { address: ' Mara@Shop.EXAMPLE ' } }).address).toBe('mara@shop.example')
  expect(read({ account: { address: "' OR 1=1 --" } })).toMatchObject({
    address: null,
    accountId: null,
  })
})

test.each([
  ['an IPv4 address', '203.0.113.7', '203.0.113.7'],
  ['an IPv6 address', '2001:db8::1', '2001:db8::1'],
  ['an IPv4 address in IPv6 form', '::ffff:203.0.113.7', '203.0.113.7'],
  ['… in capitals', '::FFFF:203.0.113.7', '203.0.113.7'],
  ['… in hexadecimal', '::ffff:cb00:7107', '203.0.113.7'],
  ['… written out', '0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ['… written out in full', '0000:0000:0000:0000:0000:ffff:cb00:7107', '203.0.113.7'],
])('%s: %s counts as %s', (_rule, ip, counted) => {
  expect(read({ ip }).ip).toBe(counted)
})

test.each([
  [''],
  ['localhost'],
  ['203.0.113.256'],
  ['203.0.113'],
  ['203.0.113.7:443'],
  ['203.0.113.7/32'],
  ['[2001:db8::1]'],
  ['2001:db8::1::2'],
  ['::ffff:203.0.113.999'],
  ['::ffff:1.2.3.4:80'],
  ['fe80::1%eth0'],
  ['0x7f.1'],
  ["'; DROP TABLE attempt; --"],
  ['203.0.113.7\u0000'],
  ['٢٠٣.0.113.7'],
])('%j is no IP address', (ip) => {
  expect(reasonOf(sent({ ip }))).toMatch(/^ip: /)
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['no id', { id: undefined }, /^id: /],
  ['an empty id', { id: '' }, /^id: /],
  ['an id that JSON turned into a number', { id: -432447558330659 }, /^id: /],
  ['an account id that JSON turned into a number', { account: { id: 7 } }, /^account\.id: /],
  ['an id with a character no database holds', { id: 'a\0b' }, /^id: /],
  ['an account id with such a character', { account: { id: 'a\0b' } }, /^account\.id: /],
  ['no account', { account: undefined }, /^account: /],
  ['an account without id and address', { account: {} }, /^account: /],
  ['an unknown field', { country: 'XX' }, /country/],
  ['no time', { at: undefined }, /^at: /],
  ['a time without zone', { at: '2026-11-02T10:00:00' }, /^at: /],
  ['a day without time', { at: '2026-11-02' }, /^at: /],
  ['a time in seconds', { at: 1793613600 }, /^at: /],
  ['an impossible day', { at: '2026-02-30T10:00:00Z' }, /^at: /],
  ['a time before any database’s calendar', { at: '0000-01-01T00:00:00Z' }, /^at: /],
  ['a time that becomes the year 10000', { at: '9999-12-31T23:59:59-14:00' }, /^at: /],
  ['an unknown outcome', { outcome: 'maybe' }, /^outcome: /],
  ['a user agent beyond reason', { userAgent: 'x'.repeat(1_025) }, /^userAgent: /],
])('%s is rejected by the name of the field', (_rule, over, reason) => {
  expect(reasonOf(sent(over))).toMatch(reason)
})

test.each([[null], [[]], ['attempt'], [7], [undefined]])('%j is no attempt', (json) => {
  expect(reasonOf(json)).not.toBe('accepted')
})

test('a rejection never repeats what was sent', () => {
  for (const over of [{ ip: 'secret-value' }, { at: 'secret-value' }, { outcome: 'secret-value' }])
    expect(reasonOf(sent(over))).not.toContain('secret-value')
})

test('a time keeps its instant, whatever its offset', () => {
  expect(read({ at: '2026-11-02T11:30:00.250+01:30' }).at).toEqual(
    new Date('2026-11-02T10:00:00.250Z'),
  )
})

test('negative 64-bit ids survive as the strings they are', () => {
  const id = '-4324475583306591935'
  expect(read({ id, account: { id } })).toMatchObject({ id, accountId: id })
})

test('characters that Postgres cannot hold are taken out of descriptions', () => {
  expect(read({ userAgent: 'a\0b', device: '\0', reason: 'x\0' })).toMatchObject({
    userAgent: 'ab',
    device: '',
    reason: 'x',
  })
})
