import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type pg from 'pg'
import { type Config, encryptionKey } from './config.js'
import type { LookUp } from './logins/place.js'
import { type MailTerms, termsOf } from './mail/forecast/terms.js'
import { openShaping, sortDomains } from './mail/lanes/service.js'
import { type Shaping, unpaced } from './mail/lanes/shaping.js'
import { type Bound, mailRevision, type Transport, textRevision } from './mail/revision.js'
import type { Sender } from './mail/sender.js'
import { identitiesOf, readSigningKeys, type SigningKey } from './mail/signing/keys.js'
import { wavesPolicy } from './mail/waves/policy.js'
import { readBuild } from './platform/build.js'
import { type Cipher, createCipher } from './platform/cipher.js'
import { type Db, openDatabase } from './platform/db.js'
import { startEmbeddedPostgres } from './platform/embedded-postgres.js'
import { Refusal } from './platform/errors.js'
import { openGeo } from './platform/geo.js'
import { createLog, type Log } from './platform/log.js'
import { createMetrics, type Metrics } from './platform/metrics.js'
import { migrate } from './platform/migrate.js'
import { misconfigured } from './platform/misconfigured.js'
import { type MxLookUp, openMx } from './platform/mx.js'
import { parseSmtpUrl } from './platform/smtp.js'
import type { ResetTerms } from './resets/service.js'
import { parseAddress } from './values/address.js'

/** Everything a use case may need, made once from the configuration. Each takes the part it names. */
export type App = {
  config: Config
  databaseUrl: string
  db: Db
  pool: pg.Pool
  log: Log
  cipher: Cipher
  now: () => Date
  random: (bytes: number) => Uint8Array
  metrics: Metrics
  /** Where addresses are, from tables that are opened at the first use. */
  places: () => Promise<LookUp>
  fourEyes: boolean
  secondReviewerAbove: string
  sender: Sender
  /** The private halves of `sender.signing`. */
  signingKeys: readonly SigningKey[]
  mailRevision: string
  /** What mailbox providers take, and everything else that paces mail. */
  shaping: Shaping
  /** Asks which servers take a domain's mail; undefined where nobody outside is to be asked. */
  mx: MxLookUp | undefined
  textRevision: string
  mailTerms: MailTerms
  resetTerms: ResetTerms
  /** `embedded_mailbox` delivers nowhere, and everything that speaks of mail says so. */
  transport: 'embedded_mailbox' | 'smtp'
  close(): Promise<void>
}

/**
 * Opens the database (the embedded one unless `DATABASE_URL` says otherwise), brings it up to date,
 * and composes the rest. Starts no listener and no worker. `build` is what approvals are bound to.
 */
export async function openApp(config: Config, build = readBuild()): Promise<App> {
  const log = createLog(config.logLevel)
  const transport = transportOf(config)
  const isNowhere = transport.kind === 'embedded_mailbox'
  const known = await openShaping(config.mail.shaping)
  const shaping = isNowhere ? unpaced(known) : known
  const mx = config.mail.dns ? openMx({}) : undefined
  const { sender, signingKeys } = senderOf(config)
  const server = config.databaseUrl
    ? { url: config.databaseUrl.reveal(), close: async () => undefined }
    : await startEmbeddedPostgres(config.dataDir)
  try {
    await migrate(server.url)
    const database = await openDatabase(server.url)
    const mailTerms = termsOf(shaping, {
      waves: wavesPolicy(config.mailWaves, transport.kind),
      seeds: config.returns.seeds,
      sortDomains: (domains) => sortDomains({ db: database.db, shaping, mx }, domains),
      ...(isNowhere ? { deferralShareOf: () => 0 } : {}), // a mailbox of our own puts nothing off
    })
    return {
      config,
      databaseUrl: server.url,
      db: database.db,
      pool: database.pool,
      log,
      cipher: createCipher(encryptionKey(config)),
      now: () => new Date(),
      random: (bytes) => randomBytes(bytes),
      metrics: createMetrics(database.pool),
      places: onceOnly(async () => (await openGeo(config.geo)).lookUp),
      fourEyes: config.fourEyes,
      secondReviewerAbove: config.secondReviewerAbove,
      sender,
      shaping,
      mx,
      textRevision: textRevision(sender),
      mailRevision: revisionOf(config, sender, { shaping, transport, ...mailTerms, build }),
      mailTerms,
      signingKeys,
      resetTerms: {
        holdHours: config.resets.holdHours,
        enrolmentMinutes: 30,
        serviceName: config.mailFrom.name,
      },
      transport: transport.kind,
      close: async () => {
        await database.close()
        await server.close()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

const revisionOf = (
  { returns }: Config,
  sender: Sender,
  { shaping, transport, waves, seeds, build }: Omit<Bound, 'returnDomain'>,
) => {
  const returnDomain = returns.domain ?? null
  return mailRevision(sender, { shaping, transport, waves, seeds, returnDomain, build })
}

function onceOnly<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => {
    opened ??= open()
    return opened
  }
}

function transportOf({ smtpUrl }: Config): Transport {
  if (!smtpUrl) return { kind: 'embedded_mailbox' }
  const { host, port, secure, auth } = parseSmtpUrl(smtpUrl)
  return { kind: 'smtp', host, port, secure, user: auth?.user ?? null }
}

/** Who mails come from, and the keys that sign them. Refuses with `configuration_invalid`. */
export function senderOf({ mailFrom, dkim, public: listener, resets }: Config): {
  sender: Sender
  signingKeys: SigningKey[]
} {
  const from = parseAddress(mailFrom.address)
  if ('rejected' in from) {
    throw new Refusal(
      'configuration_invalid',
      `MAIL_FROM holds no usable address (${from.rejected}).`,
    )
  }
  const signing = readSigningKeys(
    {
      domain: dkim.domain,
      rsa: { selector: dkim.rsa.selector, key: dkim.rsa.key?.reveal() },
      ed25519: { selector: dkim.ed25519.selector, key: dkim.ed25519.key?.reveal() },
    },
    from.address,
  )
  if ('wrong' in signing) throw misconfigured(signing.wrong)
  const sender = {
    from: from.address,
    support: null,
    siteName: mailFrom.name,
    publicUrl: listener.url ?? `http://${listener.host}:${listener.port}`,
    linkHours: resets.tokenHours,
    signing: identitiesOf(signing.keys),
  }
  return { sender, signingKeys: signing.keys }
}

export const mailboxFolder = (config: Pick<Config, 'dataDir'>): string =>
  join(config.dataDir, 'mailbox')
