import fc from 'fast-check'
import { readAll, told } from './reading.js'

const mail = (...header: string[]) => [...header, '', 'To: body@example.net', ''].join('\r\n')

test.each([
  [
    'To, Cc and Bcc are recipients',
    ['From: x@example.net', 'To: a@example.com', 'Cc: b@example.com', 'Bcc: c@example.com'],
    ['2 a@example.com', '3 b@example.com', '4 c@example.com'],
  ],
  [
    'so are the resent ones and Apparently-To',
    [
      'From: x@example.net',
      'Resent-To: a@example.com',
      'Resent-Cc: b@example.com',
      'Resent-Bcc: c@example.com',
      'Apparently-To: d@example.com',
    ],
    ['2 a@example.com', '3 b@example.com', '4 c@example.com', '5 d@example.com'],
  ],
  [
    'senders and delivery traces are not',
    [
      'From: x@example.net',
      'Sender: x@example.net',
      'Reply-To: x@example.net',
      'Return-Path: <x@example.net>',
      'Delivered-To: x@example.net',
      'X-Original-To: x@example.net',
      'To: a@example.com',
    ],
    ['7 a@example.com'],
  ],
  [
    'every repetition of a field counts',
    ['To: a@example.com', 'To: b@example.com'],
    ['1 a@example.com', '2 b@example.com'],
  ],
  ['field names have no case', ['tO: a@example.com'], ['1 a@example.com']],
  ['a blank before the colon is obsolete but read', ['To : a@example.com'], ['1 a@example.com']],
  [
    'a folded field has the line of each address',
    ['To: a@example.com,', '\tBen', ' <b@example.com>,c@example.com'],
    ['1 a@example.com', '3 b@example.com', '3 c@example.com'],
  ],
  [
    'an address in a display name is none',
    ['To: "eve@example.net" <a@example.com>'],
    ['1 a@example.com'],
  ],
  ['nor unquoted', ['To: eve@example.net <a@example.com>'], ['1 a@example.com']],
  [
    'nor one in an encoded word',
    ['To: =?utf-8?Q?<eve@example.net>,?= <a@example.com>'],
    ['1 a@example.com'],
  ],
  [
    'nor one in a comment',
    ['To: a@example.com (eve@example.net, (x@example.net))'],
    ['1 a@example.com'],
  ],
  [
    'nor one in a group name',
    ['To: "eve@example.net": a@example.com, b@example.com;'],
    ['1 a@example.com', '1 b@example.com'],
  ],
  [
    'an escaped quote does not end the display name',
    ['To: "a\\" <eve@example.net>" <a@example.com>'],
    ['1 a@example.com'],
  ],
  [
    'an escaped parenthesis does not end the comment',
    ['To: (a\\) eve@example.net) a@example.com'],
    ['1 a@example.com'],
  ],
  [
    'groups are opened',
    ['To: Friends: a@example.com, Ben <b@example.com>;, c@example.com'],
    ['1 a@example.com', '1 b@example.com', '1 c@example.com'],
  ],
  [
    'an empty group is nobody',
    ['To: undisclosed-recipients:;', 'Cc: a@example.com'],
    ['2 a@example.com'],
  ],
  [
    'a comment may stand inside an address',
    ['To: Pete <pete(his account)@example(host).com>'],
    ['1 pete@example.com'],
  ],
  [
    'obsolete blanks around dots and @ are read',
    ['To: <a . b @ example . com>', 'Cc: a@example   . com'],
    ['1 a.b@example.com', '2 a@example.com'],
  ],
  [
    'a bare initial is not glued to the address',
    ['To: J. doe@example.com, a@example.com'],
    ['1 !whitespace', '1 a@example.com'],
  ],
  [
    'an obsolete route is taken off',
    ['To: <@x.example.net,@y.example.net:a@example.com>'],
    ['1 a@example.com'],
  ],
  [
    'an encoded word in a local part is not decoded',
    ['To: =?utf-8?q?a=40b?=@example.com, a@example.com'],
    ['1 !encoded_word', '1 a@example.com'],
  ],
  [
    'a quoted local part is refused',
    ['To: "a@example.net"@example.com, a@example.com'],
    ['1 !quoted_local', '1 a@example.com'],
  ],
  [
    'a literal keeps its colons',
    ['To: a@[IPv6:::1], a@example.com'],
    ['1 !domain_literal', '1 a@example.com'],
  ],
  [
    'a line without colon among recipients is told',
    ['To: a@example.com,', 'b@example.com', 'Cc: c@example.com'],
    ['1 a@example.com', '2 !header_malformed', '3 c@example.com'],
  ],
  [
    'an open quote does not reach the next field',
    ['To: "a <a@example.com>', 'Cc: b@example.com'],
    ['1 !header_malformed', '2 b@example.com'],
  ],
])('%s', async (_rule, header, entries) =>
  expect(await told(mail(...header), 'm.eml')).toEqual(entries),
)

test.each([
  ['the time of the Date field', 'Fri, 1 Nov 2019 07:10:00 +0100', '2019-11-01T06:10:00.000Z'],
  ['a comment after it', 'Fri, 1 Nov 2019 07:10:00 +0000 (UTC)', '2019-11-01T07:10:00.000Z'],
  ['no seconds', '1 Nov 2019 07:10 -0130', '2019-11-01T08:40:00.000Z'],
  ['an obsolete zone and year', 'Fri, 21 Nov 97 09:55:06 EST', '1997-11-21T14:55:06.000Z'],
  ['a day that does not exist', '31 Feb 2019 07:10:00 +0000', undefined],
  ['words', 'yesterday', undefined],
])('a batch has %s', async (_rule, date, at) => {
  const { batches } = await readAll(
    mail('To: a@example.com', `Date: ${date}`, 'Message-ID: <1@example.com>'),
  )
  expect(batches).toEqual([{ no: 1, label: '<1@example.com>', ...(at && { at: new Date(at) }) }])
})

test('a message to nobody is refused', async () => {
  await expect(readAll(mail('From: a@example.com', 'Subject: x'), 'm.eml')).rejects.toMatchObject({
    code: 'file_without_addresses',
  })
})

test('a thousand recipients in one field are a thousand entries', async () => {
  const to = Array.from({ length: 1_000 }, (_, n) => `"eve${n}@example.net" <a${n}@example.com>`)
  const { entries, batches } = await readAll(
    mail(`To: ${to.join(',\r\n ')}`, 'Date: 1 Nov 2019 07:10 +0000'),
  )
  expect(entries.map((entry) => entry.line)).toEqual(to.map((_, n) => n + 1))
  expect(entries).toMatchObject(to.map((_, n) => ({ address: `a${n}@example.com` })))
  expect(batches).toHaveLength(1)
})

test('no address ever comes from a display name, comment or group name', async () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ae@.,;:<>()[] '.split(''), 'eve@example.net'),
    maxLength: 12,
  })
  const quoted = text.map((name) => `"${name}"`)
  const comment = text.map((name) => `(${name.replace(/[()]/g, '')})`)
  const word = text.map((name) => `=?utf-8?Q?${name.replace(/[\s?]/g, '_')}?=`)
  const hiding = fc.oneof(quoted, comment, word)
  await fc.assert(
    fc.asyncProperty(fc.array(hiding, { minLength: 1, maxLength: 4 }), async (names) => {
      const list = names.map((name, n) => `${name} <a${n}@example.com>`)
      const told = await readAll(mail(`To: ${list.join(', ')}`, `Cc: ${names[0]}: z@example.com;`))
      const expected = [...names.map((_, n) => `a${n}@example.com`), 'z@example.com']
      expect(told.entries.map((entry) => entry.kind === 'address' && entry.address)).toEqual(
        expected,
      )
    }),
    { numRuns: 500 },
  )
})

const MBOX = [
  'From x@example.net Fri Nov  1 07:10:00 2019',
  'Date: Fri, 1 Nov 2019 07:10:00 +0000',
  'To: a@example.com',
  '',
  'Hello',
  '>From here on',
  'From Russia with love',
  'To: body@example.net',
  '',
  'From - ',
  'To: b@example.com,',
  ' c@example.com',
  'Date: Fri, 1 Nov 2019 07:12:00 +0000',
  '',
  '',
].join('\n')

test('each message of a mailbox is a batch of its own with its own time', async () => {
  const { format, batches } = await readAll(MBOX, 'leak.mbox')
  expect(format).toBe('mbox')
  expect(batches).toEqual([
    { no: 1, at: new Date('2019-11-01T07:10:00Z') },
    { no: 2, at: new Date('2019-11-01T07:12:00Z') },
  ])
  expect(await told(MBOX)).toEqual(['3 a@example.com', '11/2 b@example.com', '12/2 c@example.com'])
})
