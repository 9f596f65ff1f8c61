import { once } from 'node:events'
import type { Socket } from 'node:net'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { startListeners } from '../../src/listeners.js'
import { type MailDeps, sendDue } from '../../src/mail/jobs.js'
import { prepare } from '../../src/mail/prepare.js'
import { returnAddress, returnKey } from '../../src/mail/returns/address.js'
import { type IntakeDeps, type IntakeTerms, startReturns } from '../../src/mail/returns/jobs.js'
import { returnsOf, seedCopiesOf } from '../../src/mail/returns/service.js'
import { openValve, stageAll, valveState } from '../../src/mail/service.js'
import { inTx, openDatabase } from '../../src/platform/db.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import type { Intake } from '../../src/platform/smtp-intake.js'
import { onReturned, returnPathOf } from '../../src/returns-listener.js'
import { aFolder } from '../support/processes.js'
import { deliver, deliverOver, smtpClient } from '../support/smtp-client.js'
import { startSink } from '../support/smtp-sink.js'
import { accounts, aWorld, noOf, USD, type World } from '../support/world.js'
import { aMail, anAddress, SENDER } from '../unit/mail/fixtures.js'
import { answer, complaint, junkReport, postfix, qmail } from '../unit/mail/returns/bounces.js'

const DOMAIN = 'bounce.shop.example'
const KEY = returnKey(Buffer.alloc(32, 5))
const SEED = anAddress('seed-1@seeds.example')

let world: World
let intake: Intake
const closing: (() => unknown)[] = []
beforeAll(async () => {
  world = await aWorld(24)
  intake = await listen()
})
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await world.close()
})

async function listen(
  terms: Partial<IntakeTerms> = {},
  over: Partial<IntakeDeps> = {},
): Promise<Intake> {
  const deps = { ...world, sender: SENDER, bounceDomain: DOMAIN, onReturned, ...over }
  const started = await startReturns(deps, {
    listen: { host: '127.0.0.1', port: 0 },
    keys: [KEY],
    seeds: [SEED],
    ...terms,
  })
  closing.push(started.close)
  return started
}

const addressOf = (mailId: string) => returnAddress(mailId, DOMAIN, KEY)

let nextNumber = 0
type Sent = { id: string; no: bigint; accountNo: bigint; account: string; sweepId: string }

/** A mail to an account of its own, as if a server had taken it. */
async function aSentMail(
  over: { balance?: string | null; status?: string; sweepId?: string; address?: string } = {},
): Promise<Sent> {
  const account = `returns-${nextNumber++}`
  const { balance = '10', status = 'accepted', sweepId = `sweep of ${account}` } = over
  const address = over.address ?? `${account}@example.org`
  await accounts(world, [
    { id: account, address, balance: balance === null ? null : USD(balance), secondFactors: [] },
  ])
  const accountNo = await noOf(world, account)
  const { rows } = await world.pool.query(
    'INSERT INTO reset (account_no, epoch, sweep_id) VALUES ($1, 1, $2) RETURNING no',
    [accountNo, sweepId],
  )
  await inTx(world.db, (tx) =>
    stageAll(tx, [{ sweepId, accountNo, purpose: 'reset', resetNo: BigInt(rows[0].no) }]),
  )
  const { rows: mails } = await world.pool.query(
    'UPDATE mail SET status = $2, accepted_at = now() WHERE account_no = $1 RETURNING id, no',
    [accountNo, status],
  )
  return { id: mails[0].id, no: BigInt(mails[0].no), accountNo, account, sweepId }
}

const mailRow = ({ id }: Sent) => world.db.mail.findUniqueOrThrow({ where: { id } })
const returnsTo = ({ no }: Sent) => world.db.mailReturn.findMany({ where: { mailNo: no } })
const caseOf = async ({ accountNo }: Sent) =>
  (await world.db.reviewCase.findFirst({ where: { accountNo } })) ?? undefined
const auditOf = async ({ id }: Pick<Sent, 'id'>) => {
  const { rows } = await world.pool.query(
    'SELECT kind, detail FROM audit_event WHERE subject = $1 ORDER BY id',
    [`mail:${id}`],
  )
  return rows
}
/** Everything about an account that a report must leave alone. */
const protectionOf = async ({ accountNo }: Sent) => {
  const { rows } = await world.pool.query(
    `SELECT a.status, s.password_usable, s.value_held, s.held_until, s.locked, s.session_epoch,
       r.status AS reset, r.token_hash, r.token_expires_at
     FROM account a JOIN standing s ON s.account_no = a.no JOIN reset r ON r.account_no = a.no
     WHERE a.no = $1`,
    [accountNo],
  )
  return rows
}
const ended = (socket: Socket) => (socket.closed ? undefined : once(socket, 'close'))
const refusedFor = async (reason: string) =>
  Number((await world.db.mailIntake.findUnique({ where: { reason } }))?.messages ?? 0n)

const GONE = postfix({ action: 'failed', status: '5.1.1', code: 'smtp; 550 5.1.1 User unknown' })
const FULL = qmail(['Remote host said: 552 5.2.2 over quota'])
const LATE = postfix({
  action: 'delayed',
  status: '4.4.1',
  code: 'X-Postfix; Connection timed out',
})

describe('what comes back is recorded and asked about', () => {
  test('a dead mailbox is marked, recorded and becomes a case', async () => {
    const mail = await aSentMail()
    expect(await deliver(intake.url, { to: addressOf(mail.id), bytes: GONE })).toMatch(/^250/)
    expect(await mailRow(mail)).toMatchObject({
      status: 'accepted',
      bouncedAt: expect.any(Date),
      bounceStatus: '5.1.1',
      bounceClass: 'recipient_gone',
      complainedAt: null,
    })
    expect(await returnsTo(mail)).toMatchObject([
      {
        kind: 'failed',
        status: '5.1.1',
        class: 'recipient_gone',
        diagnostic: '550 5.1.1 User unknown',
      },
    ])
    expect(await auditOf(mail)).toEqual([
      {
        kind: 'mail.bounced',
        detail: {
          account: String(mail.accountNo),
          sweep: mail.sweepId,
          purpose: 'reset',
          was: 'accepted',
          status: '5.1.1',
          class: 'recipient_gone',
        },
      },
    ])
    expect(await caseOf(mail)).toMatchObject({ tier: 'undelivered', because: ['mailbox_dead'] })
  })

  test.each<[string, string | null, number]>([
    ['something to lose', '10', 1],
    ['nobody knows', null, 1],
    ['nothing to lose', '0', 2],
  ])('how soon people look depends on the value: %s', async (_value, balance, rank) => {
    const mail = await aSentMail({ balance })
    await deliver(intake.url, { to: addressOf(mail.id), bytes: GONE })
    expect(await caseOf(mail)).toMatchObject({ rank })
  })

  test('a full mailbox is asked about too, under its own reason', async () => {
    const mail = await aSentMail()
    await deliver(intake.url, { to: addressOf(mail.id), bytes: FULL })
    expect(await mailRow(mail)).toMatchObject({
      bounceStatus: '5.2.2',
      bounceClass: 'mailbox_full',
    })
    expect(await caseOf(mail)).toMatchObject({ because: ['mail_bounced'] })
  })

  test('an unknown mail stays unknown, and now there is an explanation', async () => {
    const mail = await aSentMail({ status: 'unknown' })
    await deliver(intake.url, { to: addressOf(mail.id), bytes: GONE })
    expect(await mailRow(mail)).toMatchObject({ status: 'unknown', bounceClass: 'recipient_gone' })
    expect(await auditOf(mail)).toMatchObject([
      { kind: 'mail.bounced', detail: { was: 'unknown' } },
    ])
  })

  test('a late mail changes nothing and is recorded', async () => {
    const mail = await aSentMail()
    const before = await mailRow(mail)
    await deliver(intake.url, { to: addressOf(mail.id), bytes: LATE })
    expect(await mailRow(mail)).toEqual(before)
    expect((await auditOf(mail)).map(({ kind }) => kind)).toEqual(['mail.delayed'])
    expect(await caseOf(mail)).toBeUndefined()
  })

  test.each([
    ['of a provider', complaint('abuse')],
    ['of Hotmail', junkReport()],
  ])('a complaint %s is marked, recorded and becomes a case', async (_whose, bytes) => {
    const mail = await aSentMail()
    await deliver(intake.url, { from: 'fbl@provider.example', to: addressOf(mail.id), bytes })
    expect(await mailRow(mail)).toMatchObject({ complainedAt: expect.any(Date), bouncedAt: null })
    expect((await auditOf(mail)).map(({ kind }) => kind)).toEqual(['mail.complained'])
    expect(await caseOf(mail)).toMatchObject({ tier: 'complained', because: ['mail_complained'] })
  })

  test('an automatic answer asks nothing of anybody', async () => {
    const mail = await aSentMail()
    const bytes = answer({ more: ['Auto-Submitted: auto-replied'] })
    await deliver(intake.url, { to: addressOf(mail.id), bytes })
    expect(await returnsTo(mail)).toMatchObject([{ kind: 'auto_reply' }])
    expect(await auditOf(mail)).toEqual([])
    expect(await caseOf(mail)).toBeUndefined()
  })

  test('what nobody can read is asked about when a server sent it, and kept in any case', async () => {
    const [byServer, byPerson] = [await aSentMail(), await aSentMail()]
    await deliver(intake.url, { to: addressOf(byServer.id), bytes: answer() })
    await deliver(intake.url, {
      from: 'x@example.org',
      to: addressOf(byPerson.id),
      bytes: answer(),
    })
    expect(await caseOf(byServer)).toMatchObject({ because: ['mail_answer_unreadable'] })
    expect(await caseOf(byPerson)).toBeUndefined()
    expect(await returnsTo(byPerson)).toMatchObject([{ kind: 'unreadable' }])
  })

  test('a wave knows what came back of it', async () => {
    const sweepId = 'sweep of the wave'
    const mails: Sent[] = []
    for (let i = 0; i < 5; i++) mails.push(await aSentMail({ sweepId }))
    const [gone, angry, both, later] = mails as [Sent, Sent, Sent, Sent]
    await world.pool.query('UPDATE mail SET wave = 1 WHERE no = $1', [later.no])
    for (const mail of [gone, both, later])
      await deliver(intake.url, { to: addressOf(mail.id), bytes: GONE })
    for (const mail of [angry, both])
      await deliver(intake.url, { to: addressOf(mail.id), bytes: complaint('abuse') })
    expect(await returnsOf(world.db, sweepId, 0)).toEqual({ accepted: 4, failed: 2, complained: 2 })
    expect(await returnsOf(world.db, sweepId, 1)).toEqual({ accepted: 1, failed: 1, complained: 0 })
    expect(await returnsOf(world.db, sweepId, 2)).toEqual({ accepted: 0, failed: 0, complained: 0 })
  })
})

describe('a report is believed about one mail, and once', () => {
  test('ten copies at once count as one', async () => {
    const mail = await aSentMail()
    const replies = await Promise.all(
      Array.from({ length: 10 }, () =>
        deliver(intake.url, { to: addressOf(mail.id), bytes: GONE }),
      ),
    )
    expect(replies.every((reply) => /^250/.test(reply))).toBe(true)
    expect(await returnsTo(mail)).toHaveLength(1)
    expect(await auditOf(mail)).toHaveLength(1)
    const opened = await caseOf(mail)
    expect(await world.db.auditEvent.count({ where: { subject: `case:${opened?.id}` } })).toBe(1)
  })

  test('the address says which mail it is about, whatever the body claims', async () => {
    const [mine, yours] = [await aSentMail(), await aSentMail()]
    const before = await mailRow(yours)
    const claims = Buffer.from(
      GONE.toString('latin1').replaceAll('0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a', yours.id),
      'latin1',
    )
    await deliver(intake.url, { to: addressOf(mine.id), bytes: claims })
    expect(await mailRow(yours)).toEqual(before)
    expect(await mailRow(mine)).toMatchObject({ bounceClass: 'recipient_gone' })
  })

  test.each([
    ['another key', (id: string) => returnAddress(id, DOMAIN, returnKey(Buffer.alloc(32, 6)))],
    [
      'the tag of another mail',
      (id: string) =>
        addressOf(`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`).replace(
          /b\+[^.]+/,
          `b+${id}`,
        ),
    ],
    ['no tag', (id: string) => `b+${id}@${DOMAIN}`],
    ['another domain', (id: string) => addressOf(id).replace(DOMAIN, 'elsewhere.example')],
  ])('an address with %s is refused and changes nothing', async (_how, forge) => {
    const mail = await aSentMail()
    const before = await mailRow(mail)
    const reply = await deliver(intake.url, { to: forge(mail.id), bytes: GONE })
    expect(reply).toBe('550 5.1.1 No such mailbox here')
    expect(await mailRow(mail)).toEqual(before)
    expect(await returnsTo(mail)).toEqual([])
  })

  test('whoever holds the address of their own mail can neither fill the table nor the queue of cases', async () => {
    const mail = await aSentMail()
    const replies: string[] = []
    for (let i = 0; i < 25; i++) {
      const bytes = postfix({ action: 'failed', status: '5.1.1', code: `smtp; 550 5.1.1 no ${i}` })
      replies.push(await deliver(intake.url, { to: addressOf(mail.id), bytes }))
    }
    expect(replies.slice(0, 20).every((reply) => /^250/.test(reply))).toBe(true)
    expect(replies.slice(20).every((reply) => /^450 4\.2\.1/.test(reply))).toBe(true)
    expect(await returnsTo(mail)).toHaveLength(20)
    const again = await listen()
    const bytes = postfix({ action: 'failed', status: '5.1.1', code: 'smtp; 550 5.1.1 once more' })
    expect(await deliver(again.url, { to: addressOf(mail.id), bytes })).toMatch(/^250/)
    expect(await returnsTo(mail)).toHaveLength(20)
    const opened = await caseOf(mail)
    expect(await world.db.auditEvent.count({ where: { subject: `case:${opened?.id}` } })).toBe(1)
  })

  test('no report locks anybody out, and none takes a reset back', async () => {
    const mail = await aSentMail()
    const before = await protectionOf(mail)
    for (const bytes of [GONE, FULL, LATE, complaint('abuse'), answer()])
      expect(await deliver(intake.url, { to: addressOf(mail.id), bytes })).toMatch(/^250/)
    expect(await protectionOf(mail)).toEqual(before)
  })

  test('a mail that an older backup does not know is let go', async () => {
    const to = addressOf('99999999-9999-4999-8999-999999999999')
    expect(await deliver(intake.url, { to, bytes: GONE })).toMatch(/^250/)
  })
})

describe('the listener', () => {
  const report = async () => ({ to: addressOf((await aSentMail()).id), bytes: GONE })

  test('takes no mail for others, no second recipient, no password, and says no address', async () => {
    const { to } = await report()
    const client = await smtpClient(intake.url)
    const said: string[] = [client.greeting]
    for (const line of [
      'EHLO evil.example',
      'AUTH PLAIN AGEAYg==',
      'VRFY ann@example.org',
      'MAIL FROM:<ann@example.org>',
      'RCPT TO:<bob@example.net>',
      `RCPT TO:<${SENDER.from}>`,
      `RCPT TO:<@relay.example:bob@example.net>`,
      `RCPT TO:<${to}>`,
      `RCPT TO:<${SEED}>`,
    ])
      said.push(await client.say(line))
    client.close()
    expect(said.map((reply) => reply.slice(0, 3))).toEqual([
      '220',
      '250',
      '500',
      '500',
      '250',
      '550',
      '550',
      expect.stringMatching(/^5/),
      '250',
      '452',
    ])
    expect(said.join('\n')).not.toContain('@')
    expect(said.join('\n')).not.toMatch(/AUTH|STARTTLS/)
  })

  test('refuses what is too large, declared or not, and keeps none of it', async () => {
    const mail = await aSentMail()
    const large = Buffer.concat([GONE, Buffer.alloc(300 * 1024, 'a')])
    expect(await deliver(intake.url, { to: addressOf(mail.id), bytes: large })).toMatch(/^552/)
    const client = await smtpClient(intake.url)
    await client.say('EHLO x.example')
    expect(await client.say('MAIL FROM:<> SIZE=999999')).toMatch(/^552/)
    client.close()
    expect(await returnsTo(mail)).toEqual([])
  })

  test('ends a connection that speaks too slowly, and one that says nothing', async () => {
    const limits = { idleMs: 400, lifetimeMs: 900 }
    const { url } = await listen({ limits })
    const { to } = await report()
    const silent = await smtpClient(url)
    const slow = await smtpClient(url)
    await slow.say('EHLO x.example')
    await slow.say('MAIL FROM:<>')
    await slow.say(`RCPT TO:<${to}>`)
    expect(await slow.say('DATA')).toMatch(/^354/)
    const drip = setInterval(() => slow.socket.write('a'), 50)
    await Promise.all([ended(silent.socket), ended(slow.socket)])
    clearInterval(drip)
  })

  test('holds no more connections than it may, and takes new ones when they are gone', async () => {
    const { url } = await listen({ limits: { connections: 3 } })
    const held = await Promise.all([smtpClient(url), smtpClient(url), smtpClient(url)])
    expect((await smtpClient(url)).greeting).toMatch(/^421/)
    for (const client of held) client.close()
    await Promise.all(held.map(({ socket }) => ended(socket)))
    let greeting = ''
    while (!greeting.startsWith('220')) greeting = (await smtpClient(url)).greeting
    expect(await deliver(url, await report())).toMatch(/^250/)
  })

  test('asks to come back while the database is busy, and loses nothing', async () => {
    const before = await refusedFor('busy')
    const { url, close } = await listen({ limits: { underWay: 2 } })
    const held = [await aSentMail(), await aSentMail()]
    const free = await report()
    const lock = await world.pool.connect()
    await lock.query('BEGIN')
    await lock.query('SELECT FROM mail WHERE no = ANY($1) FOR UPDATE', [held.map(({ no }) => no)])
    const waiting = held.map((mail) => deliver(url, { to: addressOf(mail.id), bytes: GONE }))
    const client = await smtpClient(url)
    await client.say('EHLO x.example')
    let reply = await client.say('MAIL FROM:<>')
    while (reply.startsWith('250')) {
      await client.say('RSET')
      reply = await client.say('MAIL FROM:<>')
    }
    client.close()
    expect(reply).toBe('451 4.3.2 Busy, come back later')
    await lock.query('COMMIT')
    lock.release()
    expect(await Promise.all(waiting)).toEqual(['250 OK', '250 OK'])
    expect(await deliver(url, free)).toMatch(/^250/)
    for (const mail of held) expect(await returnsTo(mail)).toHaveLength(1)
    await close()
    expect(await refusedFor('busy')).toBe(before + 1)
  })

  test('says 250 only for what is stored', async () => {
    const broken = await openDatabase(world.url)
    const { url } = await listen({}, { db: broken.db })
    await broken.close()
    const mail = await aSentMail()
    expect(await deliver(url, { to: addressOf(mail.id), bytes: GONE })).toMatch(/^451 4\.3\.0/)
    expect(await returnsTo(mail)).toEqual([])
    expect(await deliver(intake.url, { to: addressOf(mail.id), bytes: GONE })).toMatch(/^250/)
  })

  test.each<[string, Buffer]>([
    ['fields without end', Buffer.from(`${'X-Flood: 1\r\n'.repeat(10_000)}\r\nhello`)],
    ['empty lines without end', Buffer.from(`Subject: x\r\n\r\n${'\r\n'.repeat(60_000)}`)],
    ['messages within messages', Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(4_000))],
    ['zero bytes', Buffer.alloc(120_000)],
    [
      'a line of a hundred thousand characters',
      Buffer.from(`To: ${'a@b, '.repeat(20_000)}\r\n\r\n`),
    ],
  ])('takes %s for what it is: unreadable', async (_what, bytes) => {
    const mail = await aSentMail()
    expect(await deliver(intake.url, { to: addressOf(mail.id), bytes })).toMatch(/^250/)
    expect(await returnsTo(mail)).toMatchObject([{ kind: 'unreadable', diagnostic: null }])
    expect(await deliver(intake.url, await report())).toMatch(/^250/)
  })

  test('a client that leaves in the middle of a message leaves nothing', async () => {
    const mail = await aSentMail()
    const client = await smtpClient(intake.url)
    await client.say('EHLO x.example')
    await client.say('MAIL FROM:<>')
    await client.say(`RCPT TO:<${addressOf(mail.id)}>`)
    await client.say('DATA')
    client.socket.write(GONE.subarray(0, 400))
    client.close()
    await ended(client.socket)
    expect(await deliver(intake.url, await report())).toMatch(/^250/)
    expect(await returnsTo(mail)).toEqual([])
  })

  test('a flood of forged addresses is refused without asking the database, and counted', async () => {
    const { url, close } = await listen()
    const before = await refusedFor('forged')
    const forged = returnAddress(
      '0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a',
      DOMAIN,
      Buffer.alloc(32, 9),
    )
    const FLOOD = 10_000
    const client = await smtpClient(url)
    await client.say('EHLO x.example')
    await client.say('MAIL FROM:<>')
    const started = performance.now()
    let refused = 0
    let rest = ''
    const counted = new Promise<void>((done) => {
      client.socket.on('data', (text: string) => {
        const lines = (rest + text).split('\r\n')
        rest = lines.pop() ?? ''
        refused += lines.filter((line) => line === '550 5.1.1 No such mailbox here').length
        if (refused >= FLOOD) done()
      })
    })
    client.socket.write(`RCPT TO:<${forged}>\r\n`.repeat(FLOOD))
    await counted
    const perSecond = Math.round(FLOOD / ((performance.now() - started) / 1_000))
    const mail = await report()
    expect(await deliver(url, mail)).toMatch(/^250/)
    client.close()
    await close()
    expect((await refusedFor('forged')) - before).toBe(FLOOD)
    expect(perSecond).toBeGreaterThan(500)
  })

  test('a flood of true reports is stored or put off, and each mail has what was promised', async () => {
    const mails: Sent[] = []
    for (let i = 0; i < 20; i++) mails.push(await aSentMail())
    const { url } = await listen()
    const replies = (
      await Promise.all(
        Array.from({ length: 20 }, async (_, worker) => {
          const client = await smtpClient(url)
          const said: [Sent, string][] = []
          for (const mail of mails.filter((_mail, i) => i % 20 === worker))
            for (let i = 0; i < 8; i++) {
              const bytes = postfix({
                action: 'failed',
                status: '5.1.1',
                code: `smtp; 550 5.1.1 ${i}`,
              })
              said.push([mail, await deliverOver(client, { to: addressOf(mail.id), bytes })])
            }
          client.close()
          return said
        }),
      )
    ).flat()
    const stored = replies.filter(([, reply]) => reply.startsWith('250'))
    expect(replies.every(([, reply]) => /^(?:250|45[01]) /.test(reply))).toBe(true)
    for (const mail of mails) {
      const promised = stored.filter(([about]) => about === mail).length
      expect(await returnsTo(mail)).toHaveLength(promised)
    }
  })
})

describe('the copies of seed mailboxes', () => {
  beforeEach(async () => {
    await openValve({ ...world, fourEyes: false }, { reason: 'test', actor: 'os:test' })
  })

  type SeedMail = { id: string; bytes: string }
  let waves = 0
  async function aSeedMail(): Promise<SeedMail> {
    waves += 1
    const seed = { sweepId: 'seeded', wave: waves, recipient: SEED, purpose: 'reset', locale: 'en' }
    const mail = await world.db.mailSeed.create({ data: { ...seed, status: 'accepted' } })
    const written = await prepare(aMail({ id: mail.id, recipient: SEED }), SENDER, new Date())
    if (written.kind !== 'ready') throw new Error(written.kind)
    return { id: mail.id, bytes: Buffer.from(written.bytes).toString('latin1') }
  }
  const arrives = (text: string) =>
    deliver(intake.url, {
      from: 'x@relay.example',
      to: SEED,
      bytes: Buffer.from(`Received: from x by y; now\r\n${text}`, 'latin1'),
    })
  const withStrangers = (text: string) =>
    text.replace(/^To: .*$/m, `To: ${SEED}, bob@example.net, carl@example.net`)

  test('a good copy is kept, and the valve stays as it is', async () => {
    const mail = await aSeedMail()
    expect(await seedCopiesOf(world.db, [mail.id])).toEqual([])
    expect(await arrives(mail.bytes)).toMatch(/^250/)
    expect(await seedCopiesOf(world.db, [mail.id])).toEqual([
      { mailId: mail.id, receivedAt: expect.any(Date), ok: true, problem: null },
    ])
    expect(await valveState(world.db)).toMatchObject({ state: 'open' })
    expect(await auditOf(mail)).toMatchObject([
      { kind: 'mail.seed_checked', detail: { problem: null } },
    ])
  })

  test('a copy that shows other people stops all mail at once, with the reason', async () => {
    const mail = await aSeedMail()
    expect(await arrives(withStrangers(mail.bytes))).toMatch(/^250/)
    expect(await valveState(world.db)).toMatchObject({
      state: 'closed',
      reason: 'seed copy: recipient_differs',
      changedBy: 'cordon',
    })
    expect(await seedCopiesOf(world.db, [mail.id])).toMatchObject([
      { ok: false, problem: 'recipient_differs' },
    ])
  })

  test('a bad copy after a good one counts, a good one after a bad one does not heal it', async () => {
    const mail = await aSeedMail()
    await arrives(mail.bytes)
    await arrives(withStrangers(mail.bytes))
    await arrives(mail.bytes)
    expect(await seedCopiesOf(world.db, [mail.id])).toMatchObject([{ ok: false }])
    expect(await valveState(world.db)).toMatchObject({ state: 'closed' })
  })

  test('the same bad copy again does not close what people opened since', async () => {
    const mail = await aSeedMail()
    await arrives(withStrangers(mail.bytes))
    await openValve({ ...world, fourEyes: false }, { reason: 'looked at', actor: 'os:test' })
    await arrives(withStrangers(mail.bytes))
    expect(await valveState(world.db)).toMatchObject({ state: 'open' })
  })

  test.each<[string, (mail: SeedMail) => string]>([
    ['cheap watches', () => 'From: x@y.example\r\nTo: seed-1@seeds.example\r\n\r\nhello\r\n'],
    [
      'a mail nobody sent',
      ({ bytes, id }) =>
        withStrangers(bytes).replaceAll(id, '0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a'),
    ],
  ])('a stranger cannot stop the mail by writing to a seed: %s', async (_what, forge) => {
    const mail = await aSeedMail()
    expect(await arrives(forge(mail))).toMatch(/^550/)
    expect(await valveState(world.db)).toMatchObject({ state: 'open' })
  })

  test('nor by naming the mail of somebody else', async () => {
    const [seed, other] = [await aSeedMail(), await aSentMail()]
    expect(await arrives(withStrangers(seed.bytes).replaceAll(seed.id, other.id))).toMatch(/^550/)
    expect(await valveState(world.db)).toMatchObject({ state: 'open' })
  })
})

describe('mail leaves with the address that it comes back to', () => {
  const NEVER = new AbortController().signal
  const deps = (url: string, over: Partial<MailDeps> = {}): MailDeps => {
    const transport = openTransport(new Secret(url), 1)
    closing.push(transport.close)
    return {
      ...world,
      log: { info() {}, warn() {}, error() {} },
      sender: SENDER,
      transport,
      mint: async () => new Map(),
      onUndeliverable: async () => undefined,
      ...over,
    }
  }
  async function aStagedNotice(): Promise<string> {
    const { accountNo } = await aSentMail()
    await inTx(world.db, (tx) =>
      stageAll(tx, [{ sweepId: 'notices', accountNo, purpose: 'notice', resetNo: null }]),
    )
    const mail = await world.db.mail.findFirstOrThrow({ where: { accountNo, purpose: 'notice' } })
    return mail.id
  }

  test.each<[string, Partial<MailDeps>, (mailId: string) => string]>([
    ['its own, signed', { returnPath: addressOf }, addressOf],
    ['the sender, where there is no domain for bounces', {}, () => SENDER.from],
  ])('%s', async (_what, over, expected) => {
    await openValve({ ...world, fourEyes: false }, { reason: 'test', actor: 'os:test' })
    const sink = await startSink()
    closing.push(sink.close)
    const mailId = await aStagedNotice()
    await sendDue(deps(sink.url, over), NEVER)
    expect(sink.messages.map(({ from }) => from)).toEqual([expected(mailId)])
    expect(sink.messages[0]?.data).toContain(`From: ${SENDER.from}\r\n`)
  })

  test('a server that knows how is asked to return the header only', async () => {
    const asked: SMTPServerSession['envelope'][] = []
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      hideDSN: false,
      disableReverseLookup: true,
      onData: (stream, session, done) => {
        asked.push(session.envelope)
        stream.resume()
        stream.on('end', () => done())
      },
    })
    closing.push(() => new Promise<void>((closed) => server.close(() => closed())))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const address = server.server.address()
    await aStagedNotice()
    const counts = await sendDue(
      deps(`smtp://127.0.0.1:${typeof address === 'object' && address?.port}`, {
        returnPath: addressOf,
      }),
      NEVER,
    )
    expect(counts).toMatchObject({ accepted: 1 })
    expect(asked).toMatchObject([{ dsn: { ret: 'HDRS' } }])
  })
})

test('as it is composed: what the workers write on the envelope, the listener believes', async () => {
  const folder = aFolder()
  const app = await openApp(
    readConfig({
      DATABASE_URL: world.url,
      CORDON_DATA_DIR: folder.path,
      STAFF_ADDR: '127.0.0.1:0',
      PUBLIC_ADDR: '127.0.0.1:0',
      MAIL_BOUNCE_DOMAIN: 'Bounce.Shop.Example',
      BOUNCE_ADDR: '127.0.0.1:0',
      LOG_LEVEL: 'error',
    }),
  )
  closing.push(folder.remove, app.close)
  const listeners = await startListeners(app)
  closing.push(listeners.close)
  const mail = await aSentMail()
  const to = returnPathOf(app.config)?.(mail.id) ?? ''
  expect(to).toMatch(/^b\+.{62}@bounce\.shop\.example$/)
  expect(await deliver(listeners.returns ?? '', { to, bytes: GONE })).toMatch(/^250/)
  expect(await caseOf(mail)).toMatchObject({ because: ['mailbox_dead'] })
})
