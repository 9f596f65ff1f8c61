import { type ChildProcess, fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createTransport } from 'nodemailer'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { sendDue } from '../../src/mail/jobs.js'
import { SHAPING } from '../../src/mail/lanes/shaping.js'
import { render } from '../../src/mail/render.js'
import { identitiesOf, readSigningKeys, type SigningKey } from '../../src/mail/signing/keys.js'
import type { WriteMail, Writers } from '../../src/mail/writing/jobs.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import type { Scale } from './directory.js'
import { type Line, measure, median } from './measure.js'

const BUDGET = 0.8
const ROUNDS = 3
/** What is measured is this process, not the patience that a lane asks for. */
const NO_LIMITS = {
  ...SHAPING,
  unknown: { ...SHAPING.unknown, rate: 100_000, connections: 1_000 },
}

/** Signed mail: what a queue of a million can live with, whatever the pool does. */
const SIGNED_AT_LEAST = 300

/**
 * Reset mails end to end (claims, tokens, gate, stamps, results) against nodemailer's own pool; with
 * `signed` both sign with the same RSA key of 2048 bits.
 */
export async function benchMail(
  unsigned: App,
  owner: pg.Pool,
  scale: Scale,
  signed = false,
): Promise<Line> {
  const keys = signed ? [rsaKey(unsigned)] : []
  const app = { ...unsigned, sender: { ...unsigned.sender, signing: identitiesOf(keys) } }
  const sink = await startSink()
  const transport = openTransport(new Secret(`smtp://127.0.0.1:${sink.port}`))
  const writer = await startWriter(keys)
  const run = { app, owner, transport, write: writer.write }
  const pooled = { app, port: sink.port, connections: transport.connections, key: keys[0] }
  const pool: number[] = []
  const cordon: number[] = []
  let peakMiB = 0
  try {
    await owner.query(`UPDATE mail SET status = 'withdrawn' WHERE status = 'staged'`)
    await sendByPool(pooled, 200) // both warm
    await sendByCordon(run, 200, `warm-${signed}`)
    for (let round = 0; round < ROUNDS; round += 1) {
      const theirs = await measure(() => sendByPool(pooled, scale.mails))
      pool.push(scale.mails / theirs.seconds)
      const ours = await measure(() => sendByCordon(run, scale.mails, `r${round}-${signed}`))
      cordon.push(scale.mails / ours.seconds)
      peakMiB = Math.max(peakMiB, ours.peakMiB)
    }
  } finally {
    transport.close()
    await writer.close()
    sink.child.disconnect()
  }
  const ratio = median(cordon.map((rate, round) => rate / (pool[round] ?? Number.NaN)))
  return {
    what: signed ? 'mail, RSA-2048' : 'mail',
    size: `${scale.mails.toLocaleString('en-US')} reset mails, ${transport.connections} connections`,
    value: median(cordon),
    unit: 'mails/s',
    limit: { what: 'nodemailer pool, no gates, no stamps', value: median(pool) },
    ratio,
    budget: signed ? `≥ ${SIGNED_AT_LEAST} mails/s` : `≥ ${BUDGET} ×`,
    met: signed ? median(cordon) >= SIGNED_AT_LEAST : ratio >= BUDGET,
    peakMiB,
  }
}

/** The writer thread loads the built file: a thread does not load TypeScript. */
async function startWriter(keys: readonly SigningKey[]): Promise<Writers> {
  const built = new URL('../../dist/mail/writing/jobs.js', import.meta.url)
  const { openWriter } = (await import(built.href)) as {
    openWriter(keys: readonly SigningKey[]): Writers
  }
  return openWriter(keys)
}

function rsaKey({ sender }: App): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const domain = sender.from.slice(sender.from.lastIndexOf('@') + 1)
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const nothing = { selector: undefined, key: undefined }
  const read = readSigningKeys(
    { domain, rsa: { selector: 'bench', key }, ed25519: nothing },
    sender.from,
  )
  const [made] = 'keys' in read ? read.keys : []
  if (!made) throw new Error('no key was made')
  return made
}

async function startSink(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork('scripts/bench/sink.ts', { execArgv: ['--import', 'tsx'] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port }
}

type Pooled = { app: App; port: number; connections: number; key: SigningKey | undefined }

async function sendByPool({ app, port, connections, key }: Pooled, mails: number): Promise<void> {
  const dkim = key && {
    domainName: key.domain,
    keySelector: key.selector,
    privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
  const pool = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    maxConnections: connections,
    maxMessages: Infinity,
    ignoreTLS: true,
    ...(dkim && { dkim }),
  })
  const facts = {
    mail: '00000000-0000-4000-8000-000000000000',
    purpose: 'reset' as const,
    site: app.sender.siteName,
    support: null,
    name: 'Ann Example',
    phrase: null,
  }
  await Promise.all(
    Array.from({ length: mails }, (_, index) => {
      const reset = {
        link: `${app.sender.publicUrl}/reset/${'x'.repeat(42)}${index}`,
        token: 'x',
        hours: 24,
      }
      const content = render({ ...facts, reset }, 'en')
      return pool.sendMail({
        from: app.sender.from,
        to: { name: '', address: `person${index}@example.com` },
        ...content,
      })
    }),
  )
  pool.close()
}

type CordonRun = {
  app: App
  owner: pg.Pool
  transport: ReturnType<typeof openTransport>
  write: WriteMail
}

async function sendByCordon(
  { app, owner, transport, write }: CordonRun,
  mails: number,
  tag: string,
) {
  await owner.query(
    `WITH a AS (
       INSERT INTO account (id, address, match_key, name, locale)
       SELECT 'mail-' || $2 || i, n.address, n.address, 'Ann Example', 'en'
       FROM generate_series(1, $1::int) i,
            LATERAL (SELECT 'person' || i || '@' || $2 || '.example.com' AS address) n
       RETURNING no, address),
     r AS (INSERT INTO reset (account_no, epoch) SELECT no, 1 FROM a RETURNING no, account_no)
     INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave)
     SELECT 'bench', a.no, 'reset', a.address, r.no, 0 FROM a JOIN r ON r.account_no = a.no`,
    [mails, tag],
  )
  const deps = {
    ...app,
    shaping: NO_LIMITS,
    mx: undefined,
    transport,
    write,
    mint: mintTokens,
    onUndeliverable: async () => undefined,
  }
  const counts = await sendDue(deps, new AbortController().signal)
  if (counts.accepted !== mails) throw new Error(`accepted ${counts.accepted} of ${mails}`)
}
