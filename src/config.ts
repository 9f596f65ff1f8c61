import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { readWaves, type SpokenWaves } from './mail/waves/policy.js'
import type { GeoOptions } from './platform/geo.js'
import { parseNetwork } from './platform/ip.js'
import { keptKey } from './platform/kept-key.js'
import { LIST_NAME, type ListedNetworks } from './platform/listed-networks.js'
import { LOG_LEVELS, type LogLevel } from './platform/log.js'
import { misconfigured } from './platform/misconfigured.js'
import { Secret } from './platform/secret.js'
import { type Address, parseAddress } from './values/address.js'
import { type Amount, parseAmount } from './values/money.js'

export type Listen = { host: string; port: number }

/** A private key as PEM, and the selector under which the DNS publishes its other half. */
export type DkimKey = { selector: string | undefined; key: Secret | undefined }

export type Config = {
  dataDir: string
  staff: Listen & { url: string | undefined }
  public: Listen & { url: string | undefined }
  databaseUrl: Secret | undefined
  redisUrl: Secret | undefined
  smtpUrl: Secret | undefined
  mailFrom: { name: string; address: string }
  /** `shaping`: a file that changes the table of providers. `dns`: whether MX records are asked for. */
  mail: { shaping: string | undefined; dns: boolean }
  /** What comes back: the domain of the signed envelope senders, where it arrives, our own mailboxes. */
  returns: { domain: string | undefined; listen: Listen | undefined; seeds: Address[] }
  /** What the operator says about waves; the rest is the default. */
  mailWaves: SpokenWaves | undefined
  dkim: { domain: string | undefined; rsa: DkimKey; ed25519: DkimKey }
  encryptionKey: Secret | undefined
  /** What the command line sends to the Cordon that `--url` names. */
  apiKey: Secret | undefined
  checkpoints: { folder: string; key: Secret | undefined }
  fourEyes: boolean
  /** Proxies whose `X-Forwarded-For` is believed, as addresses or networks. */
  trustedProxies: string[]
  /** Releasing an account with more than this, in the reference currency, takes two reviewers. */
  secondReviewerAbove: Amount
  geo: GeoOptions
  logLevel: LogLevel
  resets: { tokenHours: number; holdHours: number }
  events: { allowPrivate: boolean }
  /** How long a process that is stopped still answers, after it said that others should be asked. */
  stopGraceMs: number
}

type Env = Readonly<Record<string, string | undefined>>

const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value))
const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:8080')
  .transform((value) => {
    const split = value.lastIndexOf(':')
    return {
      host: value.slice(0, split).replace(/[[\]]/g, ''),
      port: Number(value.slice(split + 1)),
    }
  })
  .refine(({ port }) => port <= 65_535, 'must name a port from 0 to 65535')
const origin = z
  .url('must be an origin such as https://accounts.example.com')
  .transform((url) => new URL(url).origin)
const sender = z
  .string()
  .regex(/^[^<>\r\n"]*<[^\s<>@]+@[^\s<>@]+>$/, 'must have the form: Name <address@example.com>')
  .transform((value) => {
    const [name = '', address = ''] = value.split('<')
    return { name: name.trim(), address: address.replace('>', '').trim() }
  })
const HOST_NAME =
  /^(?=.{4,188}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i
const mailDomain = z
  .string()
  .regex(HOST_NAME, 'must be a domain such as bounce.example.com')
  .transform((value) => value.toLowerCase())
const mailboxes = z.string().transform((value, context): Address[] =>
  value.split(',').flatMap((each) => {
    const parsed = parseAddress(each.trim())
    if ('address' in parsed) return [parsed.address]
    context.addIssue(
      'must be addresses, separated by commas: seed-1@example.net,seed-2@example.org',
    )
    return []
  }),
)
const domain = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'must be a domain such as mail.example.com')
const selector = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'must be a selector such as cordon2026')
const key = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, { error: 'must be 64 hex digits: openssl rand -hex 32', abort: true })
  .refine(looksRandom, 'is not random: make one with openssl rand -hex 32')
  .transform((value) => new Secret(value.toLowerCase()))
const amount = z.string().transform((value, context): Amount => {
  const parsed = parseAmount(value)
  if (parsed !== undefined) return parsed
  context.addIssue('must be an amount such as 10000 or 2500.50')
  return z.NEVER
})
const proxies = z
  .string()
  .transform((value) => value.split(',').map((each) => each.trim()))
  .refine(
    (each) => each.every((network) => parseNetwork(network) !== undefined),
    'must be addresses or networks, separated by commas: 10.0.0.5,10.1.0.0/16',
  )
const file = z.string().transform((path) => resolve(path))
const waves = z.string().transform((value, context): SpokenWaves => {
  const read = readWaves(value)
  if (!('problem' in read)) return read
  context.addIssue(read.problem)
  return z.NEVER
})
const networks = z.string().transform((value, context): ListedNetworks => {
  if (!value.includes('=')) return { kind: 'folder', path: resolve(value) }
  const files = value.split(',').map((pair) => {
    const [name = '', ...path] = pair.split('=')
    return { name: name.trim(), path: path.join('=').trim() }
  })
  if (files.some(({ name, path }) => !LIST_NAME.test(name) || path === ''))
    context.addIssue(
      'must be a folder or name=file pairs: tor=/etc/cordon/tor.txt,vpn=/etc/vpn.txt',
    )
  return { kind: 'files', files: files.map(({ name, path }) => ({ name, path: resolve(path) })) }
})

const shape = z.object({
  CORDON_DATA_DIR: z.string().min(1).default('.cordon'),
  STAFF_ADDR: listen.prefault('127.0.0.1:8080'),
  PUBLIC_ADDR: listen.prefault('127.0.0.1:8081'),
  STAFF_URL: origin.optional(),
  PUBLIC_URL: origin.optional(),
  DATABASE_URL: secret.optional(),
  REDIS_URL: secret.optional(),
  SMTP_URL: secret.optional(),
  MAIL_FROM: sender.prefault('Account security <security@cordon.invalid>'),
  MAIL_SHAPING: file.optional(),
  MAIL_DNS: z.enum(['on', 'off']).optional(),
  MAIL_BOUNCE_DOMAIN: mailDomain.optional(),
  BOUNCE_ADDR: listen.optional(),
  MAIL_SEEDS: mailboxes.optional(),
  MAIL_WAVES: waves.optional(),
  DKIM_DOMAIN: domain.optional(),
  DKIM_RSA_SELECTOR: selector.optional(),
  DKIM_RSA_KEY: secret.optional(),
  DKIM_ED25519_SELECTOR: selector.optional(),
  DKIM_ED25519_KEY: secret.optional(),
  ENCRYPTION_KEY: key.optional(),
  CORDON_KEY: secret.optional(),
  CHECKPOINT_KEY: key.optional(),
  CHECKPOINT_DIR: file.optional(),
  TRUSTED_PROXIES: proxies.optional(),
  FOUR_EYES: z.enum(['on', 'off']).default('on'),
  SECOND_REVIEWER_ABOVE: amount.prefault('10000'),
  GEOIP_COUNTRY_DB: file.optional(),
  GEOIP_ASN_DB: file.optional(),
  LISTED_NETWORKS: networks.optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('warn'),
  RESET_TOKEN_HOURS: z.coerce
    .number()
    .positive()
    .max(24, 'at most 24 (NIST SP 800-63B-4)')
    .default(24),
  HOLD_AFTER_RESET: z.coerce.number().min(0).max(720).default(24),
  EVENTS_ALLOW_PRIVATE: z.enum(['on', 'off']).default('off'),
  STOP_GRACE: z.coerce.number().min(0).max(60).default(1),
})

/** Of 32 random bytes 30 differ; of a hundred thousand such keys none has fewer than 20 different ones. */
function looksRandom(hex: string): boolean {
  return new Set(hex.toLowerCase().match(/../g)).size >= 20
}

/** The variables Cordon reads; `.env.example` documents each, and a test compares the two. */
export const VARIABLES = Object.keys(shape.shape)

/**
 * Reads the whole configuration from `env`, where `NAME_FILE` may name a file that holds `NAME`.
 * Refuses with `configuration_invalid`, naming every variable that is wrong at once.
 */
export function readConfig(env: Env, readFile: (path: string) => string = readText): Config {
  const { values, problems } = withFiles(env, readFile)
  problems.push(...exposedKeys(env))
  const parsed = shape.safeParse(values)
  const wrong = parsed.success
    ? withoutUse(parsed.data)
    : parsed.error.issues.map((issue) => ({ path: String(issue.path[0]), message: issue.message }))
  const errors = [...problems, ...wrong]
  if (!parsed.success || errors.length > 0) throw misconfigured(errors)
  return grouped(parsed.data)
}

/** A listener that could take nothing is a mistake, and nobody would notice it. */
const withoutUse = ({ BOUNCE_ADDR, MAIL_BOUNCE_DOMAIN, MAIL_SEEDS }: z.output<typeof shape>) =>
  BOUNCE_ADDR && !MAIL_BOUNCE_DOMAIN && !MAIL_SEEDS
    ? [{ path: 'BOUNCE_ADDR', message: 'takes nothing without MAIL_BOUNCE_DOMAIN or MAIL_SEEDS' }]
    : []

/** The configuration of this process. The one place that reads its environment. */
export const currentConfig = (): Config => readConfig(process.env)

function grouped(e: z.output<typeof shape>): Config {
  const dataDir = resolve(e.CORDON_DATA_DIR)
  return {
    dataDir,
    staff: { ...e.STAFF_ADDR, url: e.STAFF_URL },
    public: { ...e.PUBLIC_ADDR, url: e.PUBLIC_URL },
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM,
    // Nobody outside is asked about mail that goes nowhere.
    mail: {
      shaping: e.MAIL_SHAPING,
      dns: e.MAIL_DNS === undefined ? e.SMTP_URL !== undefined : e.MAIL_DNS === 'on',
    },
    returns: { domain: e.MAIL_BOUNCE_DOMAIN, listen: e.BOUNCE_ADDR, seeds: e.MAIL_SEEDS ?? [] },
    mailWaves: e.MAIL_WAVES,
    dkim: {
      domain: e.DKIM_DOMAIN,
      rsa: { selector: e.DKIM_RSA_SELECTOR, key: e.DKIM_RSA_KEY },
      ed25519: { selector: e.DKIM_ED25519_SELECTOR, key: e.DKIM_ED25519_KEY },
    },
    encryptionKey: e.ENCRYPTION_KEY,
    apiKey: e.CORDON_KEY,
    checkpoints: {
      folder: e.CHECKPOINT_DIR ?? join(dataDir, 'checkpoints'),
      key: e.CHECKPOINT_KEY,
    },
    fourEyes: e.FOUR_EYES === 'on',
    trustedProxies: e.TRUSTED_PROXIES ?? [],
    secondReviewerAbove: e.SECOND_REVIEWER_ABOVE,
    geo: {
      countryDb: e.GEOIP_COUNTRY_DB,
      asnDb: e.GEOIP_ASN_DB,
      listedNetworks: e.LISTED_NETWORKS,
    },
    logLevel: e.LOG_LEVEL,
    resets: { tokenHours: e.RESET_TOKEN_HOURS, holdHours: e.HOLD_AFTER_RESET },
    events: { allowPrivate: e.EVENTS_ALLOW_PRIVATE === 'on' },
    stopGraceMs: e.STOP_GRACE * 1_000,
  }
}

function withFiles(env: Env, readFile: (path: string) => string) {
  const values: Record<string, string> = {}
  const problems: { path: string; message: string }[] = []
  for (const name of VARIABLES) {
    const plain = env[name]
    const file = env[`${name}_FILE`]
    if (plain) values[name] = plain
    if (!file) continue
    if (plain) problems.push({ path: name, message: `set ${name} or ${name}_FILE, not both` })
    try {
      values[name] = readFile(file).trim()
    } catch {
      problems.push({ path: `${name}_FILE`, message: `${file} cannot be read` })
    }
  }
  return { values, problems }
}

/** Files whose holder can sign mail in our name: nobody but their owner may read them. */
const OWNERS_ONLY = ['DKIM_RSA_KEY_FILE', 'DKIM_ED25519_KEY_FILE'] as const

const exposedKeys = (env: Env) =>
  OWNERS_ONLY.flatMap((path) => {
    const file = env[path]
    const mode = file ? statSync(file, { throwIfNoEntry: false })?.mode : undefined
    if (mode === undefined || (mode & 0o077) === 0) return []
    return [{ path, message: `can be read by others than its owner: chmod 600 ${file}` }]
  })

const readText = (path: string) => readFileSync(path, 'utf8')

/**
 * The key that seals stored secrets: the configured one, or one made at the first start and kept in
 * the data directory (0600). With a shared DATABASE_URL every process needs the same ENCRYPTION_KEY.
 * Refuses with `encryption_key_wrong` when the kept one is damaged.
 */
export function encryptionKey(config: Pick<Config, 'dataDir' | 'encryptionKey'>): Uint8Array {
  if (config.encryptionKey) return Buffer.from(config.encryptionKey.reveal(), 'hex')
  const path = join(config.dataDir, 'encryption.key')
  return keptKey(path, 'encryption_key_wrong', 'what it sealed opens with nothing else.')
}

/**
 * The Ed25519 seed that signs checkpoints of the record: the configured one, or one made at the first
 * use and kept in the data directory (0600). Refuses with `checkpoint_key_wrong` when that is damaged.
 */
export function checkpointSeed(config: Pick<Config, 'dataDir' | 'checkpoints'>): Uint8Array {
  if (config.checkpoints.key) return Buffer.from(config.checkpoints.key.reveal(), 'hex')
  const path = join(config.dataDir, 'checkpoint.key')
  return keptKey(path, 'checkpoint_key_wrong', 'verifiers know its public half.')
}
