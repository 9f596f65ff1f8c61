import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import PostalMime from 'postal-mime'
import { classify } from '../../src/mail/replies/classify.js'
import { returnAddress } from '../../src/mail/returns/address.js'
import { readReport } from '../../src/mail/returns/read-report.js'
import { sha256Hex } from '../../src/platform/hash.js'
import { LOCALES } from '../../src/values/locale.js'
import { until } from '../support/mailing.js'
import { postfixMissing } from '../support/postfix.js'
import {
  arrived,
  closeAll,
  KEPT_RETURNS,
  KEY,
  type Listener,
  mailsOf,
  postfix,
  RETURNS,
  resolver,
  sent,
  staged,
  startAll,
  world,
} from '../support/postfix-scene.js'

const QUEUED = /^250 2\.0\.0 Ok: queued as [0-9A-F]+$/
/** Without what servers on the way put on top. */
const asWritten = (data: string) => data.slice(data.indexOf('DKIM-Signature:'))

/** Everything of a mail that somebody could read, and the token in it. */
async function readable(data: string) {
  const { text = '', html = '', subject = '' } = await PostalMime.parse(Buffer.from(data, 'latin1'))
  const [, token = ''] = /\/reset\/([\w-]{43})/.exec(text) ?? []
  return { token, all: [data, subject, text, html].join('\n') }
}

/** What nobody but the others may read. */
const secretsOf = (
  reader: string,
  read: ReadonlyMap<string, { token: string }>,
  mails: readonly { recipient: string; id: string }[],
) =>
  mails
    .filter(({ recipient }) => recipient !== reader)
    .flatMap(({ recipient, id }) => [recipient, id, read.get(recipient)?.token ?? ''])

const missing = postfixMissing()
const suite = missing === undefined ? describe : describe.skip
suite(missing === undefined ? 'Postfix' : `Postfix (${missing})`, () => {
  beforeAll(startAll)
  afterAll(closeAll)
  afterEach(async () => {
    await world.db.mail.updateMany({ where: { status: 'staged' }, data: { status: 'withdrawn' } })
  })

  test('carries mail in every language to its one recipient, without changing a byte', async () => {
    const localeOf = (address: string) =>
      LOCALES.find((locale) => address.startsWith(`${locale.toLowerCase()}.`)) ?? ''
    const people = LOCALES.flatMap((locale) =>
      ['a', 'b'].map((name) => `${locale.toLowerCase()}.${name}@people.example`),
    )
    const mails = await sent(await staged(people, localeOf), { connections: 4 })
    await postfix.emptied()

    expect(mails.map(({ status }) => status)).toEqual(people.map(() => 'accepted'))
    for (const { reply } of mails) expect(reply).toMatch(QUEUED)
    const messages = arrived.messages()
    expect(messages.map(({ rcpts }) => rcpts.join()).sort()).toEqual([...people].sort())
    const read = new Map<string, Awaited<ReturnType<typeof readable>>>()
    for (const { rcpts, from, data } of messages) {
      const mail = mails.find(({ recipient }) => recipient === rcpts[0])!
      expect(sha256Hex(Buffer.from(asWritten(data), 'latin1'))).toBe(mail.wireSha256)
      expect(from).toBe(returnAddress(mail.id, RETURNS, KEY))
      expect(data.match(/^To: .*$/gm)).toEqual([`To: ${mail.recipient}`])
      expect(data.match(/^Message-ID: .*$/gim)).toEqual([`Message-ID: <${mail.id}@shop.example>`])
      expect(data).toContain('\r\nAuto-Submitted: auto-generated\r\n')
      const { results } = await dkimVerify(Buffer.from(data, 'latin1'), { resolver })
      expect(results.map(({ status }) => status.result)).toEqual(['pass', 'pass'])
      read.set(mail.recipient, await readable(data))
    }
    expect(new Set([...read.values()].map(({ token }) => token)).size).toBe(people.length)
    for (const [reader, { all }] of read)
      expect(secretsOf(reader, read, mails).filter((secret) => all.includes(secret))).toEqual([])
  })

  test.each([
    ['ann1@strict.example', 'staged', '450 4.2.2', 'mailbox_full'],
    ['ann2@strict.example', 'staged', '552 5.2.2', 'mailbox_full'],
    ['ann3@strict.example', 'staged', '421 4.3.2', 'unknown'],
    ['ann4@strict.example', 'staged', '450 4.2.0', 'greylist'],
    ['ann5@strict.example', 'rejected', '550 5.1.1', 'recipient_gone'],
    ['ann6@strict.example', 'rejected', '554 5.7.1', 'policy'],
    ['nobody@relayed.example', 'rejected', '550 5.1.1', 'recipient_gone'],
    ['nobody@closed.example', 'rejected', '550 5.1.2', 'recipient_gone'],
  ])('refuses %s: %s, because %s means %s', async (address, status, code, verdict) => {
    const [mail] = await sent(await staged([address]))
    expect(mail).toMatchObject({ status, reply: expect.stringMatching(`^${code} `) })
    expect(mail?.reply).not.toContain(address)
    expect(classify(mail?.reply ?? '', { provider: null, phase: 'rcpt' })).toMatchObject({
      verdict,
    })
    const waitSeconds = ((mail?.notBefore.getTime() ?? 0) - Date.now()) / 1_000
    if (status === 'staged') expect(waitSeconds).toBeGreaterThan(200)
  })

  test.each<[Listener, string, string[], RegExp]>([
    ['tight', 'waits', ['staged', 'staged'], /^452 4\.3\.1 Insufficient system storage/],
    ['small', 'is given up', ['rejected', 'rejected'], /^552 5\.3\.4 /],
    ['picky', 'is given up', ['rejected', 'rejected'], /^550 5\.7\.1 message content rejected/],
  ])('where the server is %s, mail %s', async (to, _what, statuses, reply) => {
    const mails = await sent(await staged([`a@${to}.example`, `b@${to}.example`]), { to })
    expect(mails.map(({ status }) => status)).toEqual(statuses)
    for (const mail of mails) expect(mail.reply).toMatch(reply)
  })

  test('where it counts messages, the lane slows down and no mail is lost', async () => {
    const to = 'limited'
    const mails = await sent(await staged(['a@slow.example', 'b@slow.example']), { to })
    expect(mails.map(({ status }) => status)).toEqual(['accepted', 'staged'])
    expect(mails[1]?.reply).toBe('450 4.7.1 Error: too much mail from 127.0.0.1')
    const lane = await world.db.mailLane.findUniqueOrThrow({ where: { lane: 'slow.example' } })
    expect(lane.rate).toBeLessThan(lane.rateCap)
  })

  test('where it takes one connection, that one sends all', async () => {
    const people = Array.from({ length: 8 }, (_, i) => `p${i}@crowded.example`)
    const mails = await sent(await staged(people), { to: 'crowded', connections: 4 })
    expect(mails.map(({ status }) => status)).toEqual(people.map(() => 'accepted'))
  })

  test.each<[Listener, RegExp, string]>([
    ['stranger', /^554 5\.7\.1 .*: Relay access denied$/, 'any.relaying'],
    ['barred', /^554 5\.7\.1 .*: Client host rejected: Access denied$/, 'any.relaying'],
    ['impostor', /^554 5\.7\.1 .*: Sender address rejected: Access denied$/, 'any.relaying'],
    ['unnamed', /^554 5\.7\.1 .*: Helo command rejected: Access denied$/, 'any.authentication'],
  ])('to whom Cordon is %s, no mail is given up and the sweep stops', async (to, said, rule) => {
    const sweepId = await staged([`a@${to}.example`, `b@${to}.example`])
    const mails = await sent(sweepId, { to })
    expect(mails.map(({ status }) => status)).toEqual(['staged', 'staged'])
    expect(mails.map(({ reply }) => reply)).toContainEqual(expect.stringMatching(said))
    const closed = { kind: 'valve.closed', subject: `valve:sweep:${sweepId}` }
    const { detail } = await world.db.auditEvent.findFirstOrThrow({ where: closed })
    expect(detail).toEqual({ reason: `mail server: ${rule}` })
  })

  test('reports what it could not deliver, each to the mail it is about', async () => {
    const hosts = ['gone', 'full', 'local', 'late', 'fine']
    const sweepId = await staged(hosts.map((host) => `kim@${host}.example`))
    const accepted = await sent(sweepId)
    expect(accepted.map(({ status }) => status)).toEqual(hosts.map(() => 'accepted'))
    const reported = () =>
      world.db.mailReturn.findMany({ where: { mailNo: { in: accepted.map(({ no }) => no) } } })
    await until(async () => new Set((await reported()).map(({ mailNo }) => mailNo)).size === 4)

    const returns = await reported()
    const cases = await world.db.reviewCase.findMany({ where: { sweepId } })
    const what = (await mailsOf(sweepId)).map(({ no, accountNo, bounceStatus, bounceClass }) => ({
      kind: returns.find(({ mailNo }) => mailNo === no)?.kind,
      said: returns.find(({ mailNo }) => mailNo === no)?.diagnostic,
      bounceStatus,
      bounceClass,
      because: cases.find((each) => each.accountNo === accountNo)?.because,
    }))
    const gone = { kind: 'failed', bounceStatus: '5.1.1', bounceClass: 'recipient_gone' }
    const none = { bounceStatus: null, bounceClass: null, because: undefined }
    expect(what).toEqual([
      { ...gone, said: '550 5.1.1 User unknown', because: ['mailbox_dead'] },
      {
        ...{ kind: 'failed', said: '552 5.2.2 Mailbox full', because: ['mail_bounced'] },
        ...{ bounceStatus: '5.2.2', bounceClass: 'mailbox_full' },
      },
      { ...gone, said: 'unknown user: "[address]"', because: ['mailbox_dead'] },
      { ...none, kind: 'delayed', said: '451 4.3.0 Not now' },
      { ...none, kind: undefined, said: undefined },
    ])
  })

  test('returns the header of a mail with its report, and not the link in it', async () => {
    const [mail] = await sent(await staged(['lee@gone.example']), { returns: KEPT_RETURNS })
    const reports = () => arrived.messages().filter(({ from }) => from === '')
    await until(() => reports().length > 0)
    const [{ rcpts, data } = { rcpts: [], data: '' }] = reports()
    expect(rcpts).toEqual([returnAddress(mail!.id, KEPT_RETURNS, KEY)])
    expect(data).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(data).toContain(`<${mail!.id}@shop.example>`)
    expect(data).not.toContain('/reset/')
    expect(await readReport(Buffer.from(data, 'latin1'))).toMatchObject({ status: '5.1.1' })
  })
})
