import { generateKeyPairSync } from 'node:crypto'
import { type MailDeps, sendDue } from '../../src/mail/jobs.js'
import { prepare } from '../../src/mail/prepare.js'
import { returnAddress, returnKey } from '../../src/mail/returns/address.js'
import { startReturns } from '../../src/mail/returns/jobs.js'
import { openValve, stageAll } from '../../src/mail/service.js'
import { identitiesOf, readSigningKeys } from '../../src/mail/signing/keys.js'
import type { StagedMail } from '../../src/mail/store.js'
import { inTx } from '../../src/platform/db.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import { onReturned } from '../../src/returns-listener.js'
import { SENDER } from '../unit/mail/fixtures.js'
import { aLane } from './lanes.js'
import { NEVER } from './mailing.js'
import { type Dump, type Postfix, startDump, startPostfix } from './postfix.js'
import { accounts, aWorld, noOf, USD, type World } from './world.js'

export const RETURNS = 'bounce.shop.example'
export const KEPT_RETURNS = 'kept.shop.example'
export const KEY = returnKey(Buffer.alloc(32, 5))

const pem = (kind: 'rsa' | 'ed25519') => {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}
const signing = readSigningKeys(
  {
    domain: 'shop.example',
    rsa: { selector: 'rsa1', key: pem('rsa') },
    ed25519: { selector: 'ed1', key: pem('ed25519') },
  },
  SENDER.from,
)
if ('wrong' in signing) throw new Error(JSON.stringify(signing.wrong))
const { keys } = signing

/** What the DNS would say. */
export const resolver = async (name: string) => {
  const key = keys.find(({ selector, domain }) => name === `${selector}._domainkey.${domain}`)
  const der = Buffer.from(key?.publicKey ?? '', 'base64')
  return key?.algorithm === 'rsa-sha256'
    ? [[`v=DKIM1; k=rsa; p=${key.publicKey}`]]
    : [[`v=DKIM1; k=ed25519; p=${der.subarray(-32).toString('base64')}`]]
}

const ACCESS = {
  'ann1@strict.example': '450 4.2.2 The mailbox is over its quota',
  'ann2@strict.example': '552 5.2.2 Mailbox full',
  'ann3@strict.example': '421 4.3.2 Come back later',
  'ann4@strict.example': 'DEFER_IF_PERMIT 4.2.0 Greylisted for 300 seconds',
  'ann5@strict.example': '550 5.1.1 User unknown',
  'ann6@strict.example': 'REJECT',
}
const COUNTED = { smtpd_client_event_limit_exceptions: '' }
const LISTENERS = {
  plain: {},
  limited: { ...COUNTED, smtpd_client_message_rate_limit: '1' },
  crowded: { ...COUNTED, smtpd_client_connection_count_limit: '1' },
  stranger: { mynetworks: '192.0.2.0/24' },
  barred: { smtpd_client_restrictions: 'reject' },
  impostor: { smtpd_sender_restrictions: 'check_sender_access static:REJECT' },
  unnamed: { smtpd_helo_restrictions: 'check_helo_access static:REJECT' },
  tight: { queue_minfree: '9000000000000000' },
  small: { message_size_limit: '1000' },
  picky: { cleanup_service_name: 'picky' },
}
export type Listener = keyof typeof LISTENERS

export let world: World
export let postfix: Postfix
/** Where everything goes that Postfix does not treat otherwise. */
export let arrived: Dump
const closing: (() => unknown)[] = []
const kept = <Closed extends { close(): unknown }>(started: Closed): Closed => {
  closing.push(started.close)
  return started
}

/** A database, Cordon's listener for what comes back, a Postfix, and the servers it delivers to. */
export async function startAll(): Promise<void> {
  world = kept(await aWorld(12))
  await openValve(world, { reason: 'test', actor: 'os:test' })
  const intake = kept(
    await startReturns(
      { ...world, sender: SENDER, bounceDomain: RETURNS, onReturned },
      { listen: { host: '127.0.0.1', port: 0 }, keys: [KEY], seeds: [] },
    ),
  )
  arrived = kept(await startDump('-8')) // seven bits only: whatever needs eight would be rewritten
  const gone = kept(await startDump('-f', 'RCPT', '-B', '550 5.1.1 User unknown'))
  const full = kept(await startDump('-f', '.', '-B', '552 5.2.2 Mailbox full'))
  const late = kept(await startDump('-r', 'RCPT', '-b', '451 4.3.0 Not now'))
  const transport = {
    'gone.example': `smtp:${gone.nexthop}`,
    'full.example': `smtp:${full.nexthop}`,
    'late.example': `smtp:${late.nexthop}`,
    'closed.example': 'error:5.1.2 This domain takes no mail',
    [RETURNS]: `smtp:[127.0.0.1]:${new URL(intake.url).port}`,
  }
  const settings = {
    relayhost: arrived.nexthop,
    transport_maps: 'texthash:$config_directory/transport',
    mydestination: 'local.example',
    local_recipient_maps: '',
    relay_domains: 'relayed.example',
    relay_recipient_maps: 'texthash:$config_directory/known',
    smtpd_recipient_restrictions: 'check_recipient_access texthash:$config_directory/access',
    queue_run_delay: '1s',
    minimal_backoff_time: '1s',
    delay_warning_time: '1s',
  }
  const known = { 'somebody@relayed.example': 'here' }
  const tables = { access: ACCESS, known, transport }
  postfix = kept(await startPostfix({ settings, listeners: LISTENERS, tables }))
}

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

let stories = 0

/** Resets of accounts of their own at these addresses, staged; returns their sweep. */
export async function staged(
  addresses: readonly string[],
  localeOf: (address: string) => string = () => 'en',
): Promise<string> {
  stories += 1
  const sweepId = `sweep-${stories}`
  const people = addresses.map((address, i) => ({
    id: `account-${stories}-${i}`,
    address,
    locale: localeOf(address),
    name: `Person ${stories} ${i} Bell`,
    antiPhishingPhrase: `phrase ${stories} ${i} kettle`,
    balance: USD('10'),
    secondFactors: [],
  }))
  await accounts(world, people)
  const mails: StagedMail[] = []
  for (const { id } of people) {
    const accountNo = await noOf(world, id)
    const { no: resetNo } = await world.db.reset.create({ data: { accountNo, epoch: 1, sweepId } })
    mails.push({ sweepId, accountNo, purpose: 'reset' as const, resetNo })
  }
  await inTx(world.db, (tx) => stageAll(tx, mails))
  for (const domain of new Set(addresses.map((address) => address.split('@')[1] ?? '')))
    if ((await world.db.mailDomain.count({ where: { domain } })) === 0)
      await aLane(world.pool, domain)
  return sweepId
}

/** Sends what is due, as a worker does; returns what became of the mails of the sweep. */
export async function sent(
  sweepId: string,
  { to = 'plain' as Listener, connections = 1, returns = RETURNS } = {},
) {
  const transport = openTransport(new Secret(postfix.urlOf(to)), connections)
  const deps: MailDeps = {
    ...world,
    sender: { ...SENDER, signing: identitiesOf(keys) },
    transport,
    mint: mintTokens,
    returnPath: (mailId) => returnAddress(mailId, returns, KEY),
    write: (mail, sender, date) => prepare(mail, sender, date, keys),
    onUndeliverable: async () => undefined,
  }
  await sendDue(deps, NEVER).finally(transport.close)
  return mailsOf(sweepId)
}

export const mailsOf = (sweepId: string) =>
  world.db.mail.findMany({ where: { sweepId }, orderBy: { no: 'asc' } })
