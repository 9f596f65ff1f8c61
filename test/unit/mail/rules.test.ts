import { coalesce } from '../../../src/mail/coalesce.js'
import { parseRecipient } from '../../../src/mail/recipient.js'
import { redactReply } from '../../../src/mail/replies/redact.js'
import { deferred, outcomeOf, released } from '../../../src/mail/sending/outcome.js'
import {
  ATTEMPTS_AT_MOST,
  MAIL_STATUSES,
  type MailStatus,
  moveMail,
  waitSeconds,
} from '../../../src/mail/state.js'
import { type Leaving, maySend, type ValveReading } from '../../../src/mail/valve.js'
import { Secret } from '../../../src/platform/secret.js'
import type { SmtpVerdict } from '../../../src/platform/smtp.js'
import { parseSmtpUrl } from '../../../src/platform/smtp.js'

describe('the states of a mail', () => {
  const allowed = new Set([
    'staged→sending',
    'staged→withdrawn',
    'sending→accepted',
    'sending→rejected',
    'sending→unknown',
    'sending→staged',
    'sending→withdrawn',
  ])
  const pairs = MAIL_STATUSES.flatMap((from) =>
    MAIL_STATUSES.map((to) => [from, to] as [MailStatus, MailStatus]),
  )
  test.each(pairs)('%s → %s', (from, to) => {
    if (allowed.has(`${from}→${to}`)) expect(moveMail(from, to)).toBe(to)
    else expect(() => moveMail(from, to)).toThrow('cannot become')
  })
  test('what may have arrived is never sent again', () => {
    for (const to of MAIL_STATUSES) expect(() => moveMail('unknown', to)).toThrow()
  })
})

test('waits double from five minutes to four hours and are spread over a minute', () => {
  expect([1, 2, 3, 7, 12].map((attempt) => waitSeconds(attempt, 0n))).toEqual([
    300, 600, 1200, 14_400, 14_400,
  ])
  expect(waitSeconds(1, 61n)).toBe(301)
})
test.each([
  ['as long as the server asked', { attempts: 1, asked: 5, mail: 0n }, 5],
  ['spread over a fifth of it, not over a minute', { attempts: 1, asked: 30, mail: 35n }, 35],
  ['at once, when it asked for nothing', { attempts: 1, asked: 0, mail: 35n }, 0],
  [
    'longer than it asked, once that was wrong three times',
    { attempts: 4, asked: 5, mail: 0n },
    2_400,
  ],
])('a deferred mail waits %s', (_rule, { attempts, asked, mail }, seconds) => {
  expect(waitSeconds(attempts, mail, asked)).toBe(seconds)
})

describe('the valve', () => {
  const reading = (readAtMs: number, ...closed: string[]): ValveReading => ({
    closed: new Set(closed),
    readAtMs,
  })
  test.each<[string, ValveReading | undefined, boolean]>([
    ['open, just read', reading(10_000), true],
    ['open, read two seconds ago', reading(8_000), true],
    ['open, but read longer ago', reading(7_999), false],
    ['closed', reading(10_000, 'global'), false],
    ['never read', undefined, false],
  ])('%s', (_case, read, may) => {
    expect(maySend(read, 10_000)).toBe(may)
    expect(maySend(read, 10_000, { sweepId: 'swp_1', lane: 'gmail' })).toBe(may)
  })

  test.each<[string, string[], Leaving, boolean]>([
    ['its sweep is closed', ['sweep:swp_1'], { sweepId: 'swp_1', lane: 'gmail' }, false],
    ['its lane is closed', ['lane:gmail'], { sweepId: 'swp_1', lane: 'gmail' }, false],
    ['others are closed', ['sweep:swp_2', 'lane:qq'], { sweepId: 'swp_1', lane: 'gmail' }, true],
    ['it has no lane yet', ['lane:gmail', 'lane:null'], { sweepId: 'swp_1', lane: null }, true],
    ['a sweep is named like a lane', ['lane:swp_1'], { sweepId: 'swp_1', lane: 'gmail' }, true],
  ])('a mail when %s', (_when, closed, mail, may) => {
    expect(maySend(reading(10_000, ...closed), 10_000, mail)).toBe(may)
    expect(maySend(reading(10_000, ...closed), 10_000)).toBe(true)
  })
})

describe('a recipient', () => {
  test('is the address as stored', () => {
    expect(parseRecipient("o'neill+tag@example.org")).toEqual({
      recipient: "o'neill+tag@example.org",
    })
  })
  test.each([
    ['two addresses', 'ann@example.org,bob@example.net'],
    ['two addresses and a semicolon', 'ann@example.org;bob@example.net'],
    ['a group', 'team:ann@example.org;'],
    ['a name', 'Ann <ann@example.org>'],
    ['a quoted local part', '"ann@example.org"@evil.test'],
    ['a comment', 'ann@example.org(bob@example.net)'],
    ['a line break', 'ann@example.org\r\nRCPT TO:<bob@example.net>'],
    ['a trailing space', 'ann@example.org '],
    ['capitals, which storage never holds', 'Ann@example.org'],
    ['a name beyond ASCII, which needs SMTPUTF8', 'jürgen@example.org'],
    ['nothing', ''],
  ])('is not %s', (_what, stored) => expect(parseRecipient(stored)).toHaveProperty('rejected'))
})

test.each([
  [
    '550 5.1.1 <ann@example.org>: no such user ann',
    '550 5.1.1 <[address]>: no such user [address]',
  ],
  ['250 2.0.0 Ok: queued as 4Xyz', '250 2.0.0 Ok: queued as 4Xyz'],
  ['550 see\r\n bob@example.net', '550 see [address]'],
  ['250 id Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0', '250 id [token]'],
])('%p is stored as %p', (reply, stored) => {
  expect(redactReply(reply, 'ann@example.org')).toBe(stored)
})
test('a name full of pattern characters is taken literally', () => {
  expect(redactReply('550 a.*+?|$^{b} is gone', 'a.*+?|$^{b}@example.org')).toBe(
    '550 [address] is gone',
  )
})
test('a reply is kept to 200 characters', () => {
  expect(redactReply('5 '.repeat(1000), 'ann@example.org')).toHaveLength(200)
})

describe('what a verdict means', () => {
  const mail = { no: 60n, recipient: 'ann@example.org', attempts: 1 }
  test.each<[SmtpVerdict, string, boolean]>([
    [{ kind: 'accepted', reply: '250 ok' }, 'accepted', true],
    [{ kind: 'deferred', reply: '451 later' }, 'staged', true],
    [{ kind: 'rejected', reply: '550 no' }, 'rejected', true],
    [{ kind: 'withheld' }, 'staged', false],
    [{ kind: 'lost', phase: 'envelope' }, 'staged', true],
    [{ kind: 'lost', phase: 'body' }, 'staged', true],
    [{ kind: 'lost', phase: 'dot' }, 'unknown', true],
    [{ kind: 'miscounted' }, 'rejected', true],
  ])('%p makes the mail %s', (verdict, status, counts) => {
    expect(outcomeOf(mail, verdict)).toMatchObject({ status, counts })
  })
  test('a wrong number of recipients stops all mail', () => {
    expect(outcomeOf(mail, { kind: 'miscounted' }).stop).toBe('recipients_miscounted')
  })
  test('a mail deferred too often goes to people', () => {
    const last = deferred({ ...mail, attempts: ATTEMPTS_AT_MOST }, '451 later')
    expect(last).toMatchObject({ status: 'rejected', reply: 'given up: 451 later' })
  })
  test('a mail that was not tried is as due as before', () => {
    expect(released(mail)).toMatchObject({ status: 'staged', waitSeconds: 0, counts: false })
  })
})

describe('SMTP_URL', () => {
  test.each([
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525, secure: false, auth: null }],
    ['smtp://mail.example', { host: 'mail.example', port: 587, secure: false, auth: null }],
    [
      'smtps://u%40x:p%2Fw@mail.example',
      { host: 'mail.example', port: 465, secure: true, auth: { user: 'u@x', pass: 'p/w' } },
    ],
    ['smtp://[::1]:25', { host: '::1', port: 25, secure: false, auth: null }],
  ])('%s', (url, server) => expect(parseSmtpUrl(new Secret(url))).toEqual(server))
  test.each(['', 'mail.example', 'http://mail.example', 'smtp://'])('%p is refused', (url) => {
    expect(() => parseSmtpUrl(new Secret(url))).toThrow('SMTP_URL is not usable')
  })
})

describe('coalescing', () => {
  test('what arrives while a call is under way shares the next one', async () => {
    const calls: number[][] = []
    const double = coalesce(async (many: readonly number[]) => {
      calls.push([...many])
      await new Promise((resolve) => setTimeout(resolve, 20))
      return many.map((one) => one * 2)
    }, 1)
    const first = double(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await Promise.all([first, double(2), double(3)])).toEqual([2, 4, 6])
    expect(calls).toEqual([[1], [2, 3]])
  })
  test('a failed call fails those who shared it, and no others', async () => {
    const run = coalesce(async (many: readonly number[]) => {
      if (many.includes(1)) throw new Error('no')
      return many
    }, 1)
    await expect(run(1)).rejects.toThrow('no')
    expect(await run(2)).toBe(2)
  })
})
